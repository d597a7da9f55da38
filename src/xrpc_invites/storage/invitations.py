"""Invitations in SQL. See `invites.invitation_books`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    insert,
    not_,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from xrpc_invites.invites.invitations import (
    Delivery,
    Invitation,
    InvitationFilter,
    Invited,
    Invitee,
    Letter,
    Standing,
    named,
)
from xrpc_invites.invites.model import InviteCodeUse
from xrpc_invites.invites.words import words
from xrpc_invites.storage.codes import described_of, first_uses
from xrpc_invites.storage.invitation_tables import invitation, invitation_word, invitee
from xrpc_invites.storage.search import (
    OWNER_GONE,
    begun,
    described_codes,
    in_time,
    mentioning,
    unexpired,
)
from xrpc_invites.storage.sets import among, among_numbers, lock_rows
from xrpc_invites.storage.tables import account, invite_code, invite_code_tag

_OURS = ("id", "email", "name", "language", "invited_by", "credentials", "generated_at")
_MAILS = ("delivery", "sent_at", "last_sent_at", "send_count", "failure")


class SqlInvitations:
    """Reads invitations on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, id_: int, /, *, now: datetime) -> Invited | None:
        return self.of([id_], now=now).get(id_)

    def of_code(self, key: str, /, *, now: datetime) -> Invited | None:
        row = self._connection.execute(_invited(now).where(invitation.c.code_key == key)).first()
        # Asked in any case: what is asked must not tell whether a code was used.
        used = first_uses(self._connection, [key])
        return None if row is None else _of(row, used, now)

    def of(self, ids: Sequence[int], /, *, now: datetime) -> Mapping[int, Invited]:
        wanted = _invited(now).where(among_numbers(self._connection, invitation.c.id, ids))
        return {found.invitation.id: found for found in self._read(wanted, now)}

    def page(
        self, wanted: InvitationFilter, /, *, before: int | None, limit: int, now: datetime
    ) -> Sequence[Invited]:
        found = _invited(now).where(*_conditions(wanted, now))
        if before is not None:
            found = found.where(invitation.c.id < before)
        return self._read(found.order_by(invitation.c.id.desc()).limit(limit), now)

    def known(self, emails: Sequence[str], /, *, now: datetime) -> Mapping[str, Invitee]:
        members = self._among(select(account.c.email), account.c.email, emails)
        gone = self._among(
            select(invitee.c.email).where(invitee.c.opted_out_at.is_not(None)),
            invitee.c.email,
            emails,
        )
        invited: dict[str, list[Invited]] = {}
        wanted = _invited(now).where(among(self._connection, invitation.c.email, emails))
        for one in self._read(wanted.order_by(invitation.c.id), now):
            invited.setdefault(one.invitation.email, []).append(one)
        return {
            email: Invitee(
                member=email in members, opted_out=email in gone, invited=invited.get(email, ())
            )
            for email in {*members, *gone, *invited}
        }

    def given(self, keys: Sequence[str], /) -> frozenset[str]:
        return self._among(select(invitation.c.code_key), invitation.c.code_key, keys)

    def letter(self, id_: int, /, *, now: datetime) -> Letter | None:
        found = self.find(id_, now=now)
        if found is None or not found.live:
            return None
        ours = found.invitation
        handle = select(account.c.handle).where(account.c.did == ours.invited_by)
        if self._among(_OPTED_OUT, invitee.c.email, [ours.email]):
            return None
        terms = found.found.code.terms
        return Letter(
            invitation=ours.id,
            email=ours.email,
            name=ours.name,
            language=ours.language,
            code=found.found.code.code,
            inviter=named(ours.invited_by, self._connection.scalar(handle)),
            message=terms.note,
            role=terms.role,
            expires_at=terms.expires_at,
        )

    def _read(self, wanted: Select[Any], now: datetime) -> Sequence[Invited]:
        rows = self._connection.execute(wanted).all()
        used = first_uses(self._connection, [row.code_key for row in rows if row.use_count])
        return [_of(row, used, now) for row in rows]

    def _among(
        self, wanted: Select[Any], column: Column[Any], values: Sequence[str]
    ) -> frozenset[str]:
        return frozenset(
            self._connection.scalars(wanted.where(among(self._connection, column, values)))
        )


class SqlInvitationBook(SqlInvitations):
    """Keeps invitations inside one unit of work."""

    def lock(self, ids: Sequence[int], /, *, now: datetime) -> Mapping[int, Invited]:
        wanted = select(invitation.c.id).where(
            among_numbers(self._connection, invitation.c.id, ids)
        )
        # In one order, so that rivals wait for each other and not in a circle.
        lock_rows(self._connection, wanted.order_by(invitation.c.id))
        return self.of(ids, now=now)

    def lock_invitees(self, emails: Sequence[str], /) -> None:
        if not emails:
            return
        rows = [{"email": email} for email in sorted(emails)]
        table = self._insert()
        # Written even where it is there: on PostgreSQL that is what locks the row.
        self._connection.execute(
            table.on_conflict_do_update(
                index_elements=[invitee.c.email], set_={"email": table.excluded.email}
            ),
            rows,
        )

    def add(self, new: Sequence[Invitation], /) -> Mapping[str, int]:
        if not new:
            return {}
        added = self._connection.execute(
            insert(invitation).returning(invitation.c.code_key, invitation.c.id),
            [_row(one) for one in new],
        )
        ids = {row.code_key: row.id for row in added}
        said = [
            {"invitation_id": ids[one.key], "word": word}
            for one in new
            for word in dict.fromkeys(words(f"{one.name or ''} {one.email}"))
        ]
        self._connection.execute(insert(invitation_word), said)
        return ids

    def queued(self, ids: Sequence[int], /) -> None:
        self._set(ids, delivery=Delivery.QUEUED, failure=null())

    def unqueued(self, id_: int, /) -> None:
        table = invitation.c
        before = case((table.sent_at.is_(None), Delivery.DRAFT), else_=Delivery.SENT)
        self._connection.execute(
            update(invitation)
            .where(table.id == id_, table.delivery == Delivery.QUEUED)
            .values(delivery=before)
        )

    def mailed(self, id_: int, /, *, at: datetime) -> None:
        table = invitation.c
        self._set(
            [id_],
            delivery=Delivery.SENT,
            failure=null(),
            sent_at=func.coalesce(table.sent_at, bindparam("at", at, table.sent_at.type)),
            last_sent_at=at,
            send_count=table.send_count + 1,
        )

    def bounced(self, id_: int, failure: str, /) -> None:
        self._set([id_], delivery=Delivery.FAILED, failure=failure)

    def opt_out(self, email: str, /, *, at: datetime) -> None:
        self._connection.execute(
            update(invitee)
            .where(invitee.c.email == email, invitee.c.opted_out_at.is_(None))
            .values(opted_out_at=at)
        )

    def _set(self, ids: Sequence[int], **values: Any) -> None:  # noqa: ANN401  # of any column
        chosen = among_numbers(self._connection, invitation.c.id, ids)
        self._connection.execute(update(invitation).where(chosen).values(**values))

    def _insert(self) -> postgresql.Insert | sqlite.Insert:
        if self._connection.dialect.name == "postgresql":
            return postgresql.insert(invitee)
        return sqlite.insert(invitee)


_OPTED_OUT = select(invitee.c.email).where(invitee.c.opted_out_at.is_not(None))


def _invited(now: datetime) -> Select[Any]:
    """Invitations with their codes; the columns of theirs that codes have too are renamed."""
    ours = (invitation.c[name].label(f"our_{name}") for name in (*_OURS, *_MAILS))
    joined = described_codes(now).add_columns(*ours)
    return joined.join(invitation, invitation.c.code_key == invite_code.c.code_key)


def _conditions(wanted: InvitationFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.standing is not None:
        yield _standing(wanted.standing, now)
    if wanted.invited_by is not None:
        yield invitation.c.invited_by == wanted.invited_by
    if wanted.tag is not None:
        tagged = select(invite_code_tag.c.code_key).where(invite_code_tag.c.tag == wanted.tag)
        yield invitation.c.code_key.in_(tagged)
    if wanted.text is not None:
        said, table = [*dict.fromkeys(words(wanted.text))], invitation_word.c
        found = mentioning(table.invitation_id, table.word, said) if said else None
        yield false() if found is None else invitation.c.id.in_(found)


def _standing(standing: Standing, now: datetime) -> ColumnElement[bool]:
    """The standing holds, and none that outranks it. See `Invited.standing`."""
    columns = invite_code.c
    unused, on = columns.use_count == 0, not_(columns.disabled)
    match standing:
        case Standing.USED:
            return columns.use_count > 0
        case Standing.REVOKED:
            return and_(unused, or_(columns.disabled, and_(in_time(now), OWNER_GONE)))
        case Standing.EXPIRED:
            return and_(unused, on, columns.expires_at <= now)
        case _:
            can_be = or_(not_(begun(now)), not_(OWNER_GONE))
            mailed = invitation.c.delivery == standing.value
            return and_(mailed, unused, on, unexpired(now), can_be)


def _of(row: Row[Any], used: Mapping[str, InviteCodeUse], now: datetime) -> Invited:
    ours = {name: getattr(row, f"our_{name}") for name in (*_OURS, *_MAILS)}
    ours["delivery"] = Delivery(ours["delivery"])
    made = Invitation(key=row.code_key, **ours)
    return Invited(made, described_of(row, now), used.get(row.code_key))


def _row(new: Invitation) -> dict[str, object]:
    kept = {name: getattr(new, name) for name in (*_OURS, *_MAILS) if name != "id"}
    return {**kept, "code_key": new.key}
