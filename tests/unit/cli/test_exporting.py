"""An export while others make and use codes: each code is written as it was at one moment."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from xrpc_invites.cli.calls import Calls
from xrpc_invites.cli.exporting import all_rows
from xrpc_invites.xrpc.messages import Answer

FACTS = [("new", 9, 0), ("once", 8, 1), ("b", 7, 2), ("a", 7, 0), ("old", 1, 1)]


def use(number: int) -> dict[str, str]:
    return {"usedBy": f"did:web:u{number}.example", "usedAt": f"2024-02-0{number}T00:00:00.000Z"}


def at(second: int) -> str:
    return f"2024-01-01T00:00:{second:02}.000Z"


class Server:
    """Answers with two lists that need not agree."""

    def __init__(self, uses: list[tuple[str, int, int]]) -> None:
        self._uses = uses
        self.asked: list[str] = []
        """Codes whose uses were asked for alone."""

    def __call__(self, http_method: str, path: str, body: bytes | None, *, once: bool) -> Answer:
        assert (http_method, body, once) == ("GET", None, False)
        nsid, _, query = path.partition("?")
        return Answer(200, json.dumps(self._answer(nsid, parse_qs(query))).encode())

    def _answer(self, nsid: str, params: dict[str, list[str]]) -> dict[str, Any]:
        match nsid.rpartition(".")[2]:
            case "searchCodes":
                return {
                    "codes": [
                        {"code": code, "createdAt": at(second), "useCount": count}
                        for code, second, count in FACTS
                    ]
                }
            case "getInviteCodes":
                return {
                    "codes": [
                        {
                            "code": code,
                            "createdAt": at(second),
                            "uses": [*map(use, range(1, n + 1))],
                        }
                        for code, second, n in self._uses
                    ]
                }
            case _:
                [code] = params["code"]
                self.asked.append(code)
                shown = {"code": code, "createdAt": at(0), "useCount": 3}
                return {"code": shown, "uses": [use(1), use(2), use(3)]}


@pytest.mark.parametrize(
    ("uses", "alone"),
    [
        (FACTS, []),
        ([("newer", 10, 5), *FACTS], []),
        ([*FACTS[:2], ("c", 7, 1), *FACTS[2:]], []),
        ([one for one in FACTS if one[0] != "once"], ["once"]),
        ([("once", 8, 2) if one[0] == "once" else one for one in FACTS], ["once"]),
        ([], ["once", "b", "old"]),
        (FACTS[:2], ["b", "old"]),
    ],
)
def test_uses_are_asked_for_alone_only_where_the_lists_differ(
    uses: list[tuple[str, int, int]], alone: list[str]
) -> None:
    server = Server(uses)

    rows = [row for row, first in all_rows(Calls(server)) if first]

    assert [row["code"] for row in rows] == [code for code, _, _ in FACTS]
    assert server.asked == alone
    for row, (code, _, count) in zip(rows, FACTS, strict=True):
        assert len(row.get("uses", [])) == row["useCount"] == (3 if code in alone else count)
