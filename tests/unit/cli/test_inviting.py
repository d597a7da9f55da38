"""An import of people and a server that is not as the import expects it."""

import io
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from xrpc_invites.cli.calls import CallFailed, Calls
from xrpc_invites.cli.files import Format
from xrpc_invites.cli.guests import Outcome, read_guests
from xrpc_invites.cli.inviting import Report, Sending
from xrpc_invites.cli.remote import remote

Sent = dict[str, Any]
Answer = Callable[[Sent], httpx.Response]
CREATED = "org.xrpcinvites.createInvitations#created"
REFUSED = "org.xrpcinvites.createInvitations#refused"


def rows(count: int) -> list[Outcome]:
    file = b"email\n" + b"".join(b"p%d@mail.test\n" % n for n in range(count))
    return list(read_guests(io.BytesIO(file), Format.CSV))


def sent(
    answer: Answer, found: list[Outcome], **how: object
) -> tuple[Sending, list[Sent], CallFailed | None]:
    """What is known at the end, the requests that were made, and why it broke off."""
    requests: list[Sent] = []

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(json.loads(request.content))
        return answer(requests[-1])

    failure = None
    with remote("https://x.example", "xit_", transport=httpx.MockTransport(respond)) as carrier:
        sending = Sending(Calls(carrier), {"send": True, "again": False} | how, found)
        sending.foresee()
        try:
            sending.invite()
        except CallFailed as failed:
            failure = failed
    return sending, requests, failure


def answered(request: Sent, **refused: str) -> httpx.Response:
    results = []
    for row in request["invitations"]:
        email, name = row["email"], row["email"].partition("@")[0]
        if name in refused:
            said: Sent = {"$type": REFUSED, "reason": refused[name], "message": "so it is"}
        elif request["dryRun"]:
            said = {"$type": CREATED}
        else:
            made = {"id": 1, "email": email, "url": f"https://x/i/{name}", "status": "queued"}
            said = {"$type": CREATED, "invitation": made}
        results.append({"email": email} | said)
    return httpx.Response(200, json={"results": results})


def failing(status: int, name: str, *, at: int) -> Answer:
    """A server that fails at one request for good."""
    count = 0

    def answer(request: Sent) -> httpx.Response:
        nonlocal count
        count += not request["dryRun"]
        if not request["dryRun"] and count == at:
            if not name:
                raise httpx.ReadError("the connection broke")
            said = {"error": name, "message": "no"}
            return httpx.Response(status, json=said, headers={"Retry-After": "1"})
        return answered(request)

    return answer


def test_people_come_in_requests_of_a_thousand_and_are_asked_about_first() -> None:
    sending, requests, _ = sent(answered, rows(2_001))

    sizes = [(request["dryRun"], len(request["invitations"])) for request in requests]
    assert sizes == [(dry, size) for dry in (True, False) for size in (1_000, 1_000, 1)]
    assert sending.counts() == {"invited": 2_001, "refused": 0, "unknown": 0, "not-asked": 0}


def test_an_address_of_an_earlier_request_is_not_sent_again() -> None:
    found = rows(1_001)
    repeated = [*found, Outcome(5_000, {"email": "P0@mail.test"})]

    sending, requests, _ = sent(answered, repeated)

    assert sum(len(request["invitations"]) for request in requests) == 2 * 1_001
    [refused] = [row for row in sending.rows if row.reason]
    assert (refused.line, refused.reason, refused.bad) == (5_000, "duplicate-row", True)
    assert "stands on line 2 already" in refused.message


def test_an_address_whose_first_row_was_refused_may_come_again() -> None:
    def answer(request: Sent) -> httpx.Response:
        return answered(request, p0="invalid-name")

    again = Outcome(5_000, {"email": "P0@mail.test"})

    sending, _, _ = sent(answer, [*rows(1_001), again])

    assert [(row.line, row.reason) for row in sending.rows if row.reason] == [(2, "invalid-name")]


def test_a_reason_that_nobody_here_knows_is_told_in_the_servers_words() -> None:
    sending, _, _ = sent(lambda request: answered(request, p1="wrong-moon"), rows(2))

    [refused] = [row for row in sending.rows if row.reason]
    assert (refused.line, refused.message, refused.bad) == (3, "so it is", True)


def test_what_another_version_refuses_is_told_by_its_line() -> None:
    def picky(request: Sent) -> httpx.Response:
        for place, row in enumerate(request["invitations"]):
            if row["email"].startswith("p1@"):
                said = f"createInvitations input: invitations[{place}].email must be nicer"
                return httpx.Response(400, json={"error": "InvalidRequest", "message": said})
        return answered(request)

    sending, requests, _ = sent(picky, rows(3))

    assert [len(request["invitations"]) for request in requests] == [3, 2, 2]
    [refused] = [row for row in sending.rows if row.reason]
    assert (refused.line, refused.message) == (3, "email must be nicer")


@pytest.mark.parametrize(
    ("status", "name", "fate"),
    [
        (0, "", "unknown"),
        (503, "ServiceUnavailable", "unknown"),
        (500, "InternalServerError", "unknown"),
        (403, "Forbidden", "not-asked"),
    ],
    ids=["no answer", "busy", "fault", "refused"],
)
def test_what_a_broken_connection_leaves_is_told(
    status: int, name: str, fate: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sending, requests, failure = sent(failing(status, name, at=2), rows(2_500))

    sending.say_what_is_left()

    assert failure is not None
    # Asked once more, it would tell of people whom it has just invited that they are already.
    assert [request["dryRun"] for request in requests].count(False) == 2
    said = capsys.readouterr().err
    fates = {row.line: row.fate for row in sending.rows}
    assert (fates[1_001], fates[1_002], fates[2_001], fates[2_002]) == (
        "invited",
        fate,
        fate,
        "not-asked",
    )
    assert ("what became of lines 1002 to 2001" in said) is (fate == "unknown")
    assert f"not sent: {sending.counts()['not-asked']}\n" in said
    assert "import the same file once that is put right" in said


def test_who_has_waited_long_enough_learns_what_is_not_known() -> None:
    def answer(request: Sent) -> httpx.Response:
        if not request["dryRun"]:
            raise KeyboardInterrupt
        return answered(request)

    found = rows(1)
    with remote(
        "https://x.example",
        "xit_",
        transport=httpx.MockTransport(lambda request: answer(json.loads(request.content))),
    ) as carrier:
        sending = Sending(Calls(carrier), {"send": True, "again": False}, found)
        sending.foresee()
        with pytest.raises(KeyboardInterrupt):
            sending.invite()

    assert [row.fate for row in sending.rows] == ["unknown"]


def test_who_asked_again_is_told_not_to_ask_again(capsys: pytest.CaptureFixture[str]) -> None:
    sending, _, _ = sent(failing(0, "", at=1), rows(1), again=True)

    sending.say_what_is_left()

    assert "import the same file without --again" in capsys.readouterr().err


def test_links_are_for_hand_delivery_where_no_mail_is_sent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def no_mail(request: Sent) -> httpx.Response:
        return httpx.Response(200, content=answered(request).content.replace(b"queued", b"draft"))

    mailed, _, _ = sent(answered, rows(1))
    made, _, _ = sent(no_mail, rows(1))

    Report("people.csv", mailed, as_json=False).tell()
    assert "no mail" not in capsys.readouterr().err
    Report("people.csv", made, as_json=False).tell()
    assert "this server sends no mail: hand the links on yourself" in capsys.readouterr().err
