"""Changing codes in SQL. See `invites.ports.Ledger`."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    delete,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from xrpc_invites.invites.domains import with_parents
from xrpc_invites.invites.model import PLAIN, InviteCode, Owner, Terms
from xrpc_invites.invites.paging import milliseconds
from xrpc_invites.invites.ports import CodeTakenError
from xrpc_invites.invites.status import Attempt
from xrpc_invites.invites.switching import Switch, Switched
from xrpc_invites.invites.words import words
from xrpc_invites.storage.codes import SqlCodes, code_of
from xrpc_invites.storage.columns import Moment, as_stored
from xrpc_invites.storage.owners import owner_of
from xrpc_invites.storage.redemptions import SqlRedemptions
from xrpc_invites.storage.search import OPEN, OWNER_GONE, in_time
from xrpc_invites.storage.sets import among, insert_all, insert_or_ignore
from xrpc_invites.storage.switching import switch
from xrpc_invites.storage.tables import (
    invite_code,
    invite_code_tag,
    invite_code_use,
    invite_code_word,
)

_USE = ("code_key", "used_by", "used_at", "role", "tags")


class SqlLedger(SqlCodes):
    """Reads and changes codes inside one unit of work."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._redemptions = SqlRedemptions(connection)

    def add(self, codes: Sequence[InviteCode], /) -> None:
        if not codes:
            return
        bare = [_bare(code) for code in codes if _is_bare(code)]
        others = [] if len(bare) == len(codes) else [c for c in codes if not _is_bare(c)]
        try:
            if bare:
                # In the order of the indexes, whose pages are then looked for once.
                insert_all(self._connection, _STORED, _BARE, sorted(bare, key=_PLACE))
            if others:
                rows = [_row(code) for code in others]
                insert_all(
                    self._connection, invite_code, [*rows[0]], [[*row.values()] for row in rows]
                )
        except IntegrityError:
            # New codes can break one constraint only. The cause is left out: its text
            # holds the codes.
            raise CodeTakenError from None
        self._make_findable(others)
        self._record(others)

    def claim(self, key: str, attempt: Attempt, /, *, did: str) -> bool:
        spent = {"use_count": invite_code.c.use_count + 1, "last_used_at": attempt.at}
        if not self._taken(key, attempt, spent):
            return False
        use = insert_or_ignore(self._connection, invite_code_use)
        added = use.from_select(_USE, _granting(key, did, attempt.at))
        if self._connection.execute(added.returning(invite_code_use.c.used_by)).first() is None:
            # The DID has its use already, perhaps since a moment ago by another replica.
            self.give_back_use(key)
        return True

    def give_back_use(self, key: str) -> None:
        """Count one use less, of a DID that turned out to have its use already."""
        self._change(key, {"use_count": invite_code.c.use_count - 1})

    def hold(self, key: str, attempt: Attempt, /) -> bool:
        return self._taken(key, attempt, {"pending": invite_code.c.pending + 1})

    def spend_held(self, key: str, /, *, did: str, at: datetime) -> None:
        use = insert_or_ignore(self._connection, invite_code_use)
        added = use.from_select(_USE, _granting(key, did, at)).returning(invite_code_use.c.used_by)
        changed: dict[str, object] = {"pending": invite_code.c.pending - 1}
        if self._connection.execute(added).first() is not None:
            changed |= {"use_count": invite_code.c.use_count + 1, "last_used_at": at}
        self._change(key, changed)

    def give_back(self, key: str, /) -> None:
        self._change(key, {"pending": invite_code.c.pending - 1})

    def lock(self, text: str, /, *, now: datetime) -> InviteCode | None:
        found = self.find(text)
        if found is None:
            return None
        # Read again once it is locked: a claim may have come between.
        self._redemptions.end_leases(found.key, now=now)
        return self.find(text)

    def revoke(self, did: str, /, *, text: str | None, at: datetime, reason: str | None) -> int:
        used = invite_code_use.c
        chosen = [used.used_by == did, used.revoked_at.is_(None)]
        if text is not None:
            chosen.append(used.code_key.in_(self.keys([text]).values()))
        revoked = update(invite_code_use).where(*chosen)
        return self._connection.execute(
            revoked.values(revoked_at=at, revoked_reason=reason)
        ).rowcount

    def _taken(self, key: str, attempt: Attempt, changed: Mapping[str, object]) -> bool:
        """Change the counters of a code that has a use left for this attempt."""
        # The WHERE clause is the lock. Rivals for the last use all reach this row; the
        # database lets one change it and makes the others look again.
        taken = (
            update(invite_code)
            .where(
                invite_code.c.code_key == key,
                not_(invite_code.c.disabled),
                OPEN,
                in_time(attempt.at),
                _admitting(attempt.email_domain),
                or_(invite_code.c.email.is_(None), invite_code.c.email == attempt.email),
                not_(OWNER_GONE),
            )
            .values(**changed)
        )
        if self._connection.execute(taken).rowcount:
            return True
        # Perhaps some hold what is not theirs any more. What they held is given back by a
        # count that nobody changes meanwhile, and then the counters alone decide again. Also
        # where none was left to end: another replica may just have given them back.
        self._redemptions.end_leases(key, now=attempt.at)
        return self._connection.execute(taken).rowcount > 0

    def _change(self, key: str, changed: Mapping[str, object]) -> None:
        self._connection.execute(
            update(invite_code).where(invite_code.c.code_key == key).values(**changed)
        )

    def amend(self, code: InviteCode, /) -> None:
        given = _terms(code)
        self._connection.execute(
            update(invite_code)
            .where(invite_code.c.code_key == code.key)
            .values(available=code.available, email=code.email, **given)
        )
        for table in (invite_code_tag, invite_code_word):
            self._connection.execute(delete(table).where(table.c.code_key == code.key))
        self._make_findable([code])

    def switch(self, asked: Switch, /) -> Switched:
        return switch(self._connection, asked, [*dict.fromkeys(self.keys(asked.texts).values())])

    def lock_keys(self, keys: Sequence[str], /) -> Mapping[str, InviteCode]:
        wanted = select(invite_code).where(among(self._connection, invite_code.c.code_key, keys))
        # In one order, so that rivals wait for each other and not in a circle.
        locked = wanted.order_by(invite_code.c.code_key).with_for_update()
        return {row.code_key: code_of(row) for row in self._connection.execute(locked)}

    def recorded(self, key: str, dids: Sequence[str], /) -> tuple[Mapping[str, datetime], int]:
        table = invite_code_use.c
        found = select(table.used_by, table.used_at).where(
            table.code_key == key, among(self._connection, table.used_by, dids)
        )
        count = select(func.count()).where(table.code_key == key)
        rows = self._connection.execute(found)
        return {row.used_by: row.used_at for row in rows}, self._connection.scalar(count) or 0

    def add_uses(self, code: InviteCode, /) -> None:
        self._record([code])
        self._connection.execute(
            update(invite_code)
            .where(invite_code.c.code_key == code.key)
            .values(last_used_at=code.last_used_at)
        )

    def lock_owner(self, did: str, /) -> Owner | None:
        return owner_of(self._connection, did, lock=True)

    def _make_findable(self, codes: Sequence[InviteCode]) -> None:
        """Store the rows by which codes are found: their tags, and the words of their notes."""
        tags = [
            {"code_key": code.key, "tag": tag}
            for code in codes
            for tag in dict.fromkeys(code.terms.tags)
        ]
        said = [
            {"code_key": code.key, "word": word}
            for code in codes
            if code.terms.note
            for word in dict.fromkeys(words(code.terms.note))
        ]
        if tags:
            self._connection.execute(insert(invite_code_tag), tags)
        if said:
            self._connection.execute(insert(invite_code_word), said)

    def _record(self, codes: Sequence[InviteCode]) -> None:
        """Store the uses that codes came with; they grant what the code grants now."""
        rows = [
            {
                "code_key": code.key,
                "used_by": use.used_by,
                "used_at": use.used_at,
                "role": code.terms.role,
                "tags": json.dumps(code.terms.tags, ensure_ascii=False),
            }
            for code in codes
            for use in code.uses
        ]
        if rows:
            self._connection.execute(insert(invite_code_use), rows)


def _granting(key: str, did: str, at: datetime) -> Select[Any, str, datetime, Any, Any]:
    """A use with what the code grants at this moment."""
    code = invite_code.c
    return select(code.code_key, literal(did), literal(at, Moment), code.role, code.tags).where(
        code.code_key == key
    )


def _admitting(domain: str | None) -> ColumnElement[bool]:
    """The code asks for no e-mail domain, or for this one or one above it.

    The list is looked into as text, since it must be in the row that the claim locks: a domain
    holds no quotation mark, so that in JSON each stands between its own two.
    """
    listed = invite_code.c.email_domains
    above = with_parents(domain) if domain else []
    return or_(listed == "[]", *(listed.contains(f'"{one}"', autoescape=True) for one in above))


_BARE = ("code_key", "code", "available", "for_account", "created_by", "created_at", "creation")
"""The columns of a new code without terms, as they are stored; the others have their defaults."""
_STORED = as_stored(invite_code)
_PLACE = itemgetter(_BARE.index("created_at"), _BARE.index("code"))


def _is_bare(code: InviteCode) -> bool:
    touched = code.use_count or code.disabled or code.uses
    return code.terms is PLAIN and not touched and code.email is None


def _bare(code: InviteCode) -> tuple[object, ...]:
    at, owner, creator = milliseconds(code.created_at), code.for_account, code.created_by
    return code.key, code.code, code.available, owner, creator, at, code.creation


def _row(code: InviteCode) -> dict[str, object]:
    return {
        "code_key": code.key,
        "code": code.code,
        "available": code.available,
        "use_count": code.use_count,
        # Over-spent elsewhere: only so far may this code go past what is available.
        "imported_uses": code.use_count if code.use_count > code.available else 0,
        "last_used_at": code.last_used_at,
        "email": code.email,
        "disabled": code.disabled,
        "disabled_at": code.disabled_at,
        "disabled_reason": code.disabled_reason,
        "for_account": code.for_account,
        "created_by": code.created_by,
        "created_at": code.created_at,
        "creation": code.creation,
        **_terms(code),
    }


def _terms(code: InviteCode) -> dict[str, object]:
    return _PLAIN if code.terms is PLAIN else _columns(code.terms)


def _columns(terms: Terms) -> dict[str, object]:
    return {
        "not_before": terms.not_before,
        "expires_at": terms.expires_at,
        "note": terms.note,
        "role": terms.role,
        "tags": json.dumps(terms.tags, ensure_ascii=False),
        "email_domains": json.dumps(terms.email_domains),
        "show_inviter": terms.show_inviter,
    }


_PLAIN = _columns(PLAIN)
