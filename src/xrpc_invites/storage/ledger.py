"""Changing codes in SQL. See `invites.ports.Ledger`."""

import json
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Update, delete, insert, not_, or_, select, update
from sqlalchemy.exc import IntegrityError

from xrpc_invites.invites.domains import with_parents
from xrpc_invites.invites.model import InviteCode, Owner
from xrpc_invites.invites.ports import CodeTakenError
from xrpc_invites.invites.status import Attempt
from xrpc_invites.invites.switching import Switch, Switched
from xrpc_invites.invites.text import keys
from xrpc_invites.invites.words import words
from xrpc_invites.storage.codes import SqlCodes, select_owner
from xrpc_invites.storage.search import OPEN, OWNER_GONE, in_time
from xrpc_invites.storage.sets import among
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
        self._connection.execute(
            insert(invite_code_use).values(code_key=key, used_by=did, used_at=attempt.at)
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
        "disabled": code.disabled,
        "disabled_at": code.disabled_at,
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
