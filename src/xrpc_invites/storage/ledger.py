"""Changing codes in SQL. See `invites.ports.Ledger`."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Update, delete, func, insert, not_, or_, select, update
from sqlalchemy.exc import IntegrityError

from xrpc_invites.invites.domains import with_parents
from xrpc_invites.invites.model import InviteCode, InviteCodeUse, Owner
from xrpc_invites.invites.ports import CodeTakenError
from xrpc_invites.invites.status import Attempt
from xrpc_invites.invites.switching import Switch, Switched
from xrpc_invites.invites.text import keys
from xrpc_invites.invites.words import words
from xrpc_invites.storage.codes import SqlCodes, code_of, select_owner
from xrpc_invites.storage.search import OPEN, OWNER_GONE, in_time
from xrpc_invites.storage.sets import among, insert_or_ignore
from xrpc_invites.storage.tables import (
    invite_code,
    invite_code_tag,
    invite_code_use,
    invite_code_word,
)


class SqlLedger(SqlCodes):
    """Reads and changes codes inside one unit of work."""

    def add(self, codes: Sequence[InviteCode], /) -> None:
        if not codes:
            return
        try:
            self._connection.execute(insert(invite_code), [_row(code) for code in codes])
        except IntegrityError:
            # New codes can break one constraint only. The cause is left out: its text
            # holds the codes.
            raise CodeTakenError from None
        self._make_findable(codes)
        self._record([(code.key, use) for code in codes for use in code.uses])

    def claim(self, key: str, attempt: Attempt, /, *, did: str) -> bool:
        # The WHERE clause is the lock. Rivals for the last use all reach this row; the
        # database lets one change it and makes the others look again.
        taken = self._connection.execute(
            update(invite_code)
            .where(
                invite_code.c.code_key == key,
                not_(invite_code.c.disabled),
                OPEN,
                in_time(attempt.at),
                _admitting(attempt.email_domain),
                not_(OWNER_GONE),
            )
            .values(use_count=invite_code.c.use_count + 1, last_used_at=attempt.at)
        )
        if taken.rowcount == 0:
            return False
        # An imported code may have been used by this DID elsewhere, and that use stays as it was.
        self._connection.execute(
            insert_or_ignore(self._connection, invite_code_use).values(
                code_key=key, used_by=did, used_at=attempt.at
            )
        )
        return True

    def lock(self, text: str, /) -> InviteCode | None:
        found = self.find(text)
        if found is None:
            return None
        # Read again once it is locked: a claim may have come between.
        row = select(invite_code.c.code_key).where(invite_code.c.code_key == found.key)
        self._connection.execute(row.with_for_update())
        return self.find(text)

    def amend(self, code: InviteCode, /) -> None:
        given = _terms(code)
        self._connection.execute(
            update(invite_code)
            .where(invite_code.c.code_key == code.key)
            .values(available=code.available, **given)
        )
        for table in (invite_code_tag, invite_code_word):
            self._connection.execute(delete(table).where(table.c.code_key == code.key))
        self._make_findable([code])

    def switch(self, asked: Switch, /) -> Switched:
        table = invite_code.c
        named = self._switched(asked, among(self._connection, table.code_key, self._keys(asked)))
        codes = [*self._connection.scalars(named.returning(table.code))]
        owned = {
            owner: self._connection.execute(
                self._switched(asked, table.for_account == owner)
            ).rowcount
            for owner in dict.fromkeys(asked.owners)
        }
        return Switched(codes, {owner: count for owner, count in owned.items() if count})

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
        self._record([(code.key, use) for use in code.uses])
        self._connection.execute(
            update(invite_code)
            .where(invite_code.c.code_key == code.key)
            .values(last_used_at=code.last_used_at)
        )

    def lock_owner(self, did: str, /) -> Owner | None:
        return self._owner(select_owner(did).with_for_update())

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

    def _record(self, uses: Sequence[tuple[str, InviteCodeUse]]) -> None:
        rows = [
            {"code_key": key, "used_by": use.used_by, "used_at": use.used_at} for key, use in uses
        ]
        if rows:
            self._connection.execute(insert(invite_code_use), rows)

    @staticmethod
    def _switched(asked: Switch, which: ColumnElement[bool]) -> Update:
        """Those of the codes that do not stand so already."""
        at, reason = (asked.at, asked.reason) if asked.disabled else (None, None)
        stands = invite_code.c.disabled if asked.disabled else not_(invite_code.c.disabled)
        return (
            update(invite_code)
            .where(which, not_(stands))
            .values(disabled=asked.disabled, disabled_at=at, disabled_reason=reason)
        )

    def _keys(self, asked: Switch) -> Sequence[str]:
        """The keys that the texts mean, as `find` would choose them."""
        meant = [keys(text) for text in asked.texts]
        wanted = [key for candidates in meant for key in candidates]
        stored = frozenset(
            self._connection.scalars(
                select(invite_code.c.code_key).where(
                    among(self._connection, invite_code.c.code_key, wanted)
                )
            )
        )
        found = (next((k for k in candidates if k in stored), None) for candidates in meant)
        return [key for key in found if key is not None]


def _admitting(domain: str | None) -> ColumnElement[bool]:
    """The code asks for no e-mail domain, or for this one or one above it.

    The list is looked into as text, since it must be in the row that the claim locks: a domain
    holds no quotation mark, so that in JSON each stands between its own two.
    """
    listed = invite_code.c.email_domains
    above = with_parents(domain) if domain else []
    return or_(listed == "[]", *(listed.contains(f'"{one}"', autoescape=True) for one in above))


def _row(code: InviteCode) -> dict[str, object]:
    return {
        "code_key": code.key,
        "code": code.code,
        "available": code.available,
        "use_count": code.use_count,
        # Over-spent elsewhere: only so far may this code go past what is available.
        "imported_uses": code.use_count if code.use_count > code.available else 0,
        "last_used_at": code.last_used_at,
        "disabled": code.disabled,
        "disabled_at": code.disabled_at,
        "disabled_reason": code.disabled_reason,
        "for_account": code.for_account,
        "created_by": code.created_by,
        "created_at": code.created_at,
        **_terms(code),
    }


def _terms(code: InviteCode) -> dict[str, object]:
    terms = code.terms
    return {
        "not_before": terms.not_before,
        "expires_at": terms.expires_at,
        "note": terms.note,
        "role": terms.role,
        "tags": json.dumps(terms.tags, ensure_ascii=False),
        "email_domains": json.dumps(terms.email_domains),
        "show_inviter": terms.show_inviter,
    }
