"""The search for codes in SQL: each condition stands on an index of its own."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    ScalarSelect,
    Select,
    Table,
    Text,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
    union_all,
)

from xrpc_invites.invites.paging import Position, Sort
from xrpc_invites.invites.redemption import State
from xrpc_invites.invites.search import Cut, Search, key_prefixes
from xrpc_invites.invites.status import Status
from xrpc_invites.invites.text import keys
from xrpc_invites.invites.words import words
from xrpc_invites.storage.invitation_tables import invitation
from xrpc_invites.storage.orders import order, place
from xrpc_invites.storage.tables import (
    account,
    invite_code,
    invite_code_tag,
    invite_code_word,
    redemption,
)

GONE = or_(account.c.taken_down_at.is_not(None), account.c.deleted_at.is_not(None))
"""The account is taken down or deleted: its codes cannot be used."""

OWNER_GONE = exists().where(account.c.did == invite_code.c.for_account, GONE).correlate(invite_code)

# With the sum on the right, as the partial indexes have it: SQLite takes them only then.
OPEN = invite_code.c.available > invite_code.c.use_count + invite_code.c.pending
SPENT = invite_code.c.available <= invite_code.c.use_count + invite_code.c.pending


Instant = datetime | BindParameter[datetime]
"""A moment, or the parameter that will say it."""

_INVITATION = (
    select(invitation.c.id)
    .where(invitation.c.code_key == invite_code.c.code_key)
    .correlate(invite_code)
    .scalar_subquery()
)


def described_codes(now: Instant) -> Select[Any]:
    """Codes with what is known of their owners, their ended leases and their invitations."""
    ended = case((invite_code.c.pending > 0, ended_leases(now)), else_=0)
    return select(
        invite_code,
        OWNER_GONE.label("owner_gone"),
        ended.label("ended"),
        _INVITATION.label("invitation"),
    )


def ended_leases(now: Instant) -> ScalarSelect[int]:
    """How many reservations of a code hold nothing any more and were not written down as ended."""
    return (
        select(func.count())
        .select_from(redemption)
        .where(redemption.c.code_key == invite_code.c.code_key, *overdue(now))
        .correlate(invite_code)
        .scalar_subquery()
    )


# A literal: SQLite plans a statement anew, at every turn, if its plan may depend on a parameter.
_RESERVED: ColumnElement[str] = literal_column(f"'{State.RESERVED.value}'")


def overdue(now: Instant) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """A lease has ended, and that was not written down."""
    return redemption.c.state == _RESERVED, redemption.c.lease_expires_at <= now


_BEHIND_ALL = "\U0010ffff"
"""Follows every letter in the order of bytes."""


def paged(
    statement: Select[Any],
    sort: Sort,
    after: Position | None,
    limit: int,
    *,
    by_index: bool = True,
) -> Select[Any]:
    """The codes of a statement in an order, behind a place.

    Without `by_index` no index gives the order, so that one serves the conditions.
    """
    ordered = order(sort, by_index=by_index)
    if sort is Sort.EXPIRY:
        statement = statement.where(invite_code.c.expires_at.is_not(None))
    if after is not None:
        meant = [literal(key, Text) for key in keys(after.code)]
        behind = place(sort, literal(after.primary, BigInteger), literal(after.code, Text), meant)
        columns = tuple_(*ordered)
        statement = statement.where(columns > behind if sort.ascending else columns < behind)
    directed = ordered if sort.ascending else [column.desc() for column in ordered]
    return statement.order_by(*directed).limit(limit)


FEW = 10_000
"""Codes that are read and sorted for one page before all codes are read in order instead."""


def more_than_few(connection: Connection, status: Status | None, now: datetime) -> bool:
    """Whether more than a few codes have a status that the clock gives."""
    columns = invite_code.c
    if status is Status.EXPIRED:
        found = select(columns.expires_at).where(columns.expires_at <= now)
    elif status is Status.SCHEDULED:
        found = select(columns.not_before).where(columns.not_before > now)
    else:
        return False
    return connection.execute(found.offset(FEW).limit(1)).first() is not None


def searched(
    wanted: Search,
    cut: Cut,
    *,
    leases_ended: bool = False,
    many: bool = False,
    each: bool = False,
) -> Select[Any]:
    """The codes that are wanted, and one more than the cut shows.

    `leases_ended` tells that some codes have more left than their counters say, `many` that the
    status is one of `more_than_few`. With `each`, codes are read in their order, and each is asked
    for the tag and the words.
    """
    statement = described_codes(cut.now).where(
        *_conditions(wanted, cut.now, leases_ended=leases_ended, each=each)
    )
    by_index = each or _in_order(wanted, cut.sort, many=many)
    return paged(statement, cut.sort, cut.after, cut.limit + 1, by_index=by_index)


def _in_order(wanted: Search, sort: Sort, *, many: bool) -> bool:
    """Whether to read codes in the order asked for until the page is full.

    Of few codes all are read and sorted; SQLite would read the newest or the most used of all
    codes instead, and those that are wanted may be the last of them.
    """
    if wanted.status in {Status.EXPIRED, Status.SCHEDULED}:
        return many or sort is Sort.EXPIRY
    few = wanted.created_after or wanted.created_before or wanted.status is Status.DISABLED
    return sort is not Sort.USAGE or not few


def in_time(now: datetime) -> ColumnElement[bool]:
    """The code's time has begun and is not over."""
    return and_(unexpired(now), begun(now))


def _conditions(
    wanted: Search, now: datetime, *, leases_ended: bool, each: bool
) -> Iterator[ColumnElement[bool]]:
    columns = invite_code.c
    if wanted.status is not None:
        yield _standing(wanted.status, now, leases_ended=leases_ended)
    if wanted.for_account is not None:
        yield columns.for_account == wanted.for_account
    if wanted.created_by is not None:
        yield columns.created_by == wanted.created_by
    if wanted.tag is not None:
        having = tagged(wanted.tag)
        yield _one_of(having, invite_code_tag) if each else columns.code_key.in_(having)
    if wanted.created_after is not None:
        yield columns.created_at >= wanted.created_after
    if wanted.created_before is not None:
        yield columns.created_at < wanted.created_before
    if wanted.text is not None:
        text = wanted.text
        yield _is_named(text) if each else columns.code_key.in_(named(text))


def _standing(status: Status, now: datetime, *, leases_ended: bool) -> ColumnElement[bool]:
    """The status holds, and none that outranks it."""
    columns = invite_code.c
    on, available = not_(columns.disabled), not_(OWNER_GONE)
    opened, spent = (_open(now), not_(_open(now))) if leases_ended else (OPEN, SPENT)
    conditions: dict[Status, ColumnElement[bool]] = {
        Status.DISABLED: columns.disabled,
        Status.EXPIRED: and_(on, columns.expires_at <= now),
        Status.SCHEDULED: and_(on, columns.not_before > now, unexpired(now)),
        Status.OWNER_UNAVAILABLE: and_(
            on, in_time(now), columns.for_account.in_(select(account.c.did).where(GONE))
        ),
        Status.EXHAUSTED: and_(on, spent, in_time(now), available),
        Status.ACTIVE: and_(on, opened, in_time(now), available),
    }
    return conditions[status]


def _open(now: datetime) -> ColumnElement[bool]:
    """A use is left, counted exactly; no index serves this, so it is asked when it matters."""
    columns = invite_code.c
    holding = and_(columns.pending > 0, columns.code_key.in_(_with_ended_leases(now)))
    left = columns.available > columns.use_count + columns.pending - ended_leases(now)
    return or_(OPEN, and_(holding, left))


def _with_ended_leases(now: datetime) -> Select[tuple[str]]:
    return select(redemption.c.code_key).where(*overdue(now))


def unexpired(now: datetime) -> ColumnElement[bool]:
    return or_(invite_code.c.expires_at.is_(None), invite_code.c.expires_at > now)


def begun(now: datetime) -> ColumnElement[bool]:
    return or_(invite_code.c.not_before.is_(None), invite_code.c.not_before <= now)


def tagged(tag: str) -> Select[str]:
    """Keys of the codes that have a tag."""
    return select(invite_code_tag.c.code_key).where(invite_code_tag.c.tag == tag)


def named(text: str) -> CompoundSelect[str]:
    """Keys of the codes that begin so, and of those whose notes have words that begin so."""
    key = invite_code.c.code_key
    beginning = [select(key).where(_begins(key, prefix)) for prefix in key_prefixes(text)]
    return union_all(*beginning, *_noted(text))


def _is_named(text: str) -> ColumnElement[bool]:
    """A code is one of those."""
    beginning = (_begins(invite_code.c.code_key, prefix) for prefix in key_prefixes(text))
    return or_(*beginning, *(_one_of(keys, invite_code_word) for keys in _noted(text)))


def _noted(text: str) -> Iterator[Select[str]]:
    if said := [*dict.fromkeys(words(text))]:
        yield mentioning(invite_code_word.c.code_key, invite_code_word.c.word, said)


def _one_of(keys: Select[str], table: Table) -> ColumnElement[bool]:
    """A code's key is one of those that are in a table, looked up for each code."""
    return keys.where(table.c.code_key == invite_code.c.code_key).correlate(invite_code).exists()


def mentioning(of: Column[Any], word: Column[str], said: Sequence[str]) -> Select[Any]:
    """Those of which each of some words begins a word."""
    first, *others = said
    found = select(of).where(_begins(word, first))
    for beginning in others:
        other = word.table.alias()
        same = other.c[of.name] == of
        found = found.where(exists().where(same, _begins(other.c[word.name], beginning)))
    return found


def _begins(column: Column[str], prefix: str) -> ColumnElement[bool]:
    # A range, since LIKE uses no index on either database without conditions of its own.
    return and_(column >= literal(prefix, Text), column < literal(prefix + _BEHIND_ALL, Text))
