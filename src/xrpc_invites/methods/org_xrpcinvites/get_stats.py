"""org.xrpcinvites.getStats: numbers over all codes, and what happened when."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.buckets import MAX_BUCKETS, Bucket, Span, span
from xrpc_invites.invites.statistics import Numbers, Statistics
from xrpc_invites.invites.tallies import What
from xrpc_invites.methods.terms import instant
from xrpc_invites.methods.views import moment
from xrpc_invites.xrpc.errors import invalid_request
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Datetime, Did, Handle, Omittable, View

_Count = Annotated[int, Field(ge=0)]
_USUAL = {Bucket.HOUR: 24, Bucket.DAY: 30, Bucket.WEEK: 26}
"""Buckets of a span that nobody gave a beginning, the one that is not over included."""
_FIRST = datetime.min.replace(tzinfo=UTC)


class Params(View):
    """The span, and its parts."""

    since: Omittable[Datetime] = None
    until: Omittable[Datetime] = None
    bucket: Annotated[str, Field(max_length=32)] = "day"


class TotalsView(View):
    """Numbers over all codes."""

    codes: _Count
    uses: _Count
    remaining: _Count
    reserved: _Count
    invitations: _Count
    accounts: _Count


class Funnel(View):
    """How far codes came."""

    created: _Count
    sent: _Count
    previewed: _Count
    reserved: _Count
    used: _Count


class Part(View):
    """What happened in one part of the span."""

    at: Datetime
    created: _Count
    used: _Count
    disabled: _Count


class InviterView(View):
    """An owner whose codes were used."""

    did: Did
    handle: Handle | None = None
    uses: _Count


class Output(View):
    """The numbers."""

    totals: TotalsView
    funnel: Funnel
    series: Annotated[list[Part], Field(max_length=1_000)]
    top_inviters: Annotated[list[InviterView], Field(max_length=10)]


def method(statistics: Statistics) -> Query[Params, Output]:
    """Bind the method to the use cases of numbers."""

    async def handle(asked: Params, _call: Call) -> Output:
        within = _span(asked, statistics.now())
        return _output(within, await statistics.numbers(within))

    return Query(
        nsid="org.xrpcinvites.getStats",
        params=Params,
        output=Output,
        needs=Operator(Role.VIEWER),
        handle=handle,
    )


def _span(asked: Params, now: datetime) -> Span:
    if asked.bucket not in {*Bucket}:
        raise invalid_request(f"bucket must be one of {', '.join(Bucket)}")
    bucket = Bucket(asked.bucket)
    until = now if asked.until is None else instant(asked.until, "until")
    usual = until - min((_USUAL[bucket] - 1) * bucket.length, until - _FIRST)
    since = usual if asked.since is None else instant(asked.since, "since")
    found = span(bucket, since, until)
    if found is None:
        raise invalid_request(f"since must be before until, by at most {MAX_BUCKETS} buckets")
    return found


def _output(within: Span, numbers: Numbers) -> Output:
    totals, series = numbers.totals, numbers.series
    parts = [
        Part(
            at=moment(at),
            created=counts[What.CREATED],
            used=counts[What.USED],
            disabled=counts[What.DISABLED],
        )
        for at, counts in zip(within.starts, series, strict=True)
    ]
    return Output(
        totals=TotalsView(
            codes=totals.codes,
            uses=totals.uses,
            remaining=totals.remaining,
            reserved=totals.reserved,
            invitations=totals.invitations,
            accounts=totals.accounts,
        ),
        funnel=Funnel(
            created=sum(part.created for part in parts),
            sent=sum(counts[What.SENT] for counts in series),
            previewed=0,
            reserved=sum(counts[What.RESERVED] for counts in series),
            used=sum(part.used for part in parts),
        ),
        series=parts,
        top_inviters=[
            InviterView(did=one.did, handle=one.handle, uses=one.uses) for one in numbers.inviters
        ],
    )
