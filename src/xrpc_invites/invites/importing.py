"""Taking in codes that have a history elsewhere: each as it came, or not at all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from xrpc_invites.invites.audit import Author, Change, entries
from xrpc_invites.invites.model import InviteCode
from xrpc_invites.invites.ports import Clock, CodeTakenError, Store, Write, one_by_one
from xrpc_invites.invites.text import exact_key, fold, keys

TRIES = 5
"""Times that an import begins anew because a rival has just made a code that reads alike."""


class RowRefusal(StrEnum):
    """Why a row cannot be kept."""

    CODE_TAKEN = "code-taken"
    DUPLICATE_ROW = "duplicate-row"
    TOO_MANY_USES = "too-many-uses"
    INVALID = "invalid"


class RowChange(StrEnum):
    """What a row that can be kept changes."""

    CREATED = "created"
    USES_ADDED = "uses-added"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A code as it came."""

    code: InviteCode = field(repr=False)
    """With all uses that came along; its key is not chosen yet."""
    dated: bool = False
    """Whether it was said when the code was last used."""


Verdict = RowRefusal | RowChange


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of each row, in their order, and whether the good ones were kept."""

    verdicts: Sequence[Verdict]
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows that are kept together, or not at all unless `partial`."""

    rows: Sequence[Row | None]
    """None stands for a row that is known to be invalid."""
    partial: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Import:
    by: Author
    at: datetime
    batch: Batch


class Imports:
    """The use case of importing."""

    def __init__(self, write: Write, *, now: Clock) -> None:
        self._write = write
        self._now = now

    async def take_in(self, batch: Batch, *, by: Author) -> Imported:
        """Keep rows in one transaction, or say why not."""
        for _ in range(TRIES):
            try:
                return await self._write(_take_in, _Import(by, self._now(), batch))
            except CodeTakenError:
                continue
        raise CodeTakenError


@dataclass(frozen=True, slots=True)
class _Planned:
    verdict: Verdict
    code: InviteCode | None = None
    """What to write: a new code, or one that is here with the uses that it lacks."""


@one_by_one
def _take_in(store: Store, asked: _Import) -> Imported:
    batch = asked.batch
    plan = list(_plan(store, batch.rows))
    verdicts = [planned.verdict for planned in plan]
    refused = any(isinstance(verdict, RowRefusal) for verdict in verdicts)
    if refused and not batch.partial:
        return Imported(verdicts, kept=False)
    if not batch.dry_run:
        _keep(store, asked, plan)
    return Imported(verdicts, kept=True)


def _keep(store: Store, asked: _Import, plan: Sequence[_Planned]) -> None:
    new = [one.code for one in plan if one.code and one.verdict is RowChange.CREATED]
    known = [one.code for one in plan if one.code and one.verdict is RowChange.USES_ADDED]
    if not (new or known):
        return
    store.codes.add(new)
    for code in known:
        store.codes.add_uses(code)
    counts = {"codes": len(new), "uses": sum(len(code.uses) for code in (*new, *known))}
    change = Change(subject="import", detail=counts)
    store.audit.add(entries(asked.by, asked.at, [change]))


def _plan(store: Store, rows: Sequence[Row | None]) -> Iterator[_Planned]:
    wanted = {key for row in rows if row for key in keys(row.code.code)}
    here = dict(store.codes.lock_keys(sorted(wanted)))
    seen: set[str] = set()
    for row in rows:
        if row is None:
            yield _Planned(RowRefusal.INVALID)
            continue
        text = row.code.code
        if text in seen:
            yield _Planned(RowRefusal.DUPLICATE_ROW)
            continue
        seen.add(text)
        known = _known(text, here)
        planned = _created(row, here) if known is None else _continued(store, row, known)
        if planned.code and planned.verdict is RowChange.CREATED:
            here[planned.code.key] = planned.code
        yield planned


def _known(text: str, here: Mapping[str, InviteCode]) -> InviteCode | None:
    """The code that has exactly this text."""
    found = (here[key] for key in keys(text) if key in here)
    return next((code for code in found if code.code == text), None)


def _created(row: Row, here: Mapping[str, InviteCode]) -> _Planned:
    code = row.code
    if len(code.uses) > code.use_count:
        return _Planned(RowRefusal.TOO_MANY_USES)
    folded = fold(code.code)
    # Who types forgivingly means the code that was there first; this one is found as it is.
    key = folded if folded and folded not in here else exact_key(code.code)
    return _Planned(RowChange.CREATED, code._replace(key=key))


def _continued(store: Store, row: Row, known: InviteCode) -> _Planned:
    """A row of a code that is here: nothing new, or more of its uses."""
    code = row.code
    if _facts(code, dated=row.dated) != _facts(known, dated=row.dated):
        return _Planned(RowRefusal.CODE_TAKEN)
    if not code.uses:
        return _Planned(RowChange.NONE)
    stored, count = store.codes.recorded(known.key, [use.used_by for use in code.uses])
    if any(stored.get(use.used_by, use.used_at) != use.used_at for use in code.uses):
        return _Planned(RowRefusal.CODE_TAKEN)
    missing = tuple(use for use in code.uses if use.used_by not in stored)
    if not missing:
        return _Planned(RowChange.NONE)
    if count + len(missing) > known.use_count:
        return _Planned(RowRefusal.TOO_MANY_USES)
    newest = max(filter(None, (known.last_used_at, *(use.used_at for use in missing))))
    last = known.last_used_at if row.dated else newest
    return _Planned(RowChange.USES_ADDED, known._replace(uses=missing, last_used_at=last))


def _facts(code: InviteCode, *, dated: bool) -> InviteCode:
    """What must be the same for two rows to be about one code."""
    last = code.last_used_at if dated else None
    return code._replace(key="", pending=0, uses=(), last_used_at=last)
