"""An import and a server that is not as the import expects it."""

import io
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import typer

from xrpc_invites.cli.calls import Calls
from xrpc_invites.cli.checked_rows import CheckedRows
from xrpc_invites.cli.files import Format
from xrpc_invites.cli.importing import Report, Sending
from xrpc_invites.cli.remote import remote

Answer = Callable[[dict[str, Any]], httpx.Response]
FILE = b"".join(
    json.dumps({"code": f"c{n}", "available": 1, "createdAt": "2024-01-01T00:00:00Z"}).encode()
    + b"\n"
    for n in range(4)
)


def sent(answer: Answer, *, partial: bool = False) -> tuple[Report, list[dict[str, Any]]]:
    """What is reported, and the requests that were made."""
    requests: list[dict[str, Any]] = []

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(json.loads(request.content))
        return answer(requests[-1])

    report = Report("codes.jsonl", quiet=True)
    with remote("https://x.example", "xit_", transport=httpx.MockTransport(respond)) as carrier:
        rows = CheckedRows(io.BytesIO(FILE), Format.JSONL, report.refuse)
        sending = Sending(Calls(carrier), rows, report)
        sending.check()
        if not report.bad or partial:
            sending.keep(partial=partial)
    return report, requests


def accepted(request: dict[str, Any], **refused: str) -> httpx.Response:
    results = [
        {"code": row["code"], "reason": refused[row["code"]], "message": "no"}
        if row["code"] in refused
        else {"code": row["code"], "change": "created"}
        for row in request["rows"]
    ]
    return httpx.Response(200, json={"imported": 0, "results": results})


def picky(request: dict[str, Any]) -> httpx.Response:
    """A server whose Lexicon knows something against some codes."""
    for place, row in enumerate(request["rows"]):
        if row["code"] in {"c1", "c3"}:
            message = f"importCodes input: rows[{place}].code must be nicer"
            return httpx.Response(400, json={"error": "InvalidRequest", "message": message})
    return accepted(request)


def test_what_another_version_refuses_is_told_by_its_line() -> None:
    report, requests = sent(picky)

    assert report.bad == {2: "code must be nicer", 4: "code must be nicer"}
    assert [len(request["rows"]) for request in requests] == [4, 3, 2]


def test_the_rest_is_imported_when_that_is_asked_for() -> None:
    report, requests = sent(picky, partial=True)

    assert report.changes == {"created": 2}
    assert requests[-1]["partial"] is True


def test_a_code_that_was_taken_meanwhile_stops_the_import(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def answer(request: dict[str, Any]) -> httpx.Response:
        return accepted(request) if request.get("dryRun") else accepted(request, c2="code-taken")

    with pytest.raises(typer.Exit) as caught:
        sent(answer)

    assert caught.value.exit_code == 1
    assert "what was imported so far stays" in capsys.readouterr().err


def test_a_fault_of_the_request_itself_is_no_rows_fault() -> None:
    def answer(_request: dict[str, Any]) -> httpx.Response:
        return httpx.Response(403, json={"error": "Forbidden", "message": "rows[0] are not yours"})

    with pytest.raises(Exception, match="Forbidden"):
        sent(answer)


def test_a_proxy_that_refuses_large_bodies_is_named() -> None:
    def answer(_request: dict[str, Any]) -> httpx.Response:
        return httpx.Response(413, text="<h1>Too large</h1>")

    with pytest.raises(Exception, match="refuses bodies of this size: allow 2 MiB"):
        sent(answer)
