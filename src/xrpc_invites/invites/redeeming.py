"""Spending uses of codes: held for a while and settled, or at once by who has a DID already."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from xrpc_invites.invites.claims import Claim, Holder
from xrpc_invites.invites.grants import Grant
from xrpc_invites.invites.ports import Clock, Draw, Read, Store, Write, one_by_one
from xrpc_invites.invites.proofs import Consumed, Proof
from xrpc_invites.invites.proving import consume, give_back
from xrpc_invites.invites.redemption import (
    Redemption,
    RedemptionRefusal,
    Settlement,
    State,
    completion,
    release,
)
from xrpc_invites.invites.status import Address, Attempt
from xrpc_invites.invites.text import keys

_ROUND = 100
"""Leases that are looked at in one round of tidying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks who wants a use to be held."""

    code: str = field(repr=False)
    """As typed."""
    idempotency_key: str | None = field(default=None, repr=False)
    address: Address | None = None
    request: str = field(repr=False)
    """All that was asked, as a text that is the same for the same request."""
    lease: timedelta


@dataclass(frozen=True, slots=True)
class Settler:
    """Who settles a redemption: those who reserved, or anyone who may."""

    credentials: str
    owner: bool

    def may(self, redemption: Redemption) -> bool:
        """Whether the redemption is theirs to settle."""
        return self.owner or self.credentials == redemption.caller


@dataclass(frozen=True, slots=True)
class Settling:
    """Somebody settles a redemption now; `did` is who uses it."""

    id: str
    by: Settler
    at: datetime
    did: str | None = None


@dataclass(frozen=True, slots=True)
class _Redeeming:
    code: str = field(repr=False)
    """As typed."""
    did: str
    attempt: Attempt
    proof: Proof | None = None


class Redeeming:
    """The use cases of redemption."""

    def __init__(
        self,
        read: Read,
        write: Write,
        *,
        now: Clock,
        draw: Draw,
        fingerprint: Callable[[str], str],
    ) -> None:
        """`draw` makes ids; `fingerprint` hashes requests by a key."""
        self._read = read
        self._write = write
        self._now = now
        self._draw = draw
        self._fingerprint = fingerprint

    async def reserve(self, wish: Wish, *, caller: str) -> Redemption | RedemptionRefusal:
        """Hold a use until its lease ends; a repeated request is told where the first stands."""
        code = await self._read(lambda store: store.codes.find(wish.code))
        if code is None:
            return RedemptionRefusal.CODE
        now = self._now()
        wanted = Redemption(
            id=self._draw(),
            key=code.key,
            code=code.code,
            created_at=now,
            lease_expires_at=now + wish.lease,
            caller=caller,
            idempotency_key=wish.idempotency_key,
            request=self._fingerprint(wish.request),
            email_domain=None if wish.address is None else wish.address.domain,
            email=None if wish.address is None else wish.address.email,
        )
        return await self._write(_reserve, wanted, lane=code.key, brief=True)

    async def complete(self, id_: str, did: str, *, by: Settler) -> Grant | RedemptionRefusal:
        """Spend the use that is held for `did`."""
        lane = await self._lane(id_)
        return await self._write(
            _complete, Settling(id_, by, self._now(), did), lane=lane, brief=True
        )

    async def release(self, id_: str, *, by: Settler) -> Redemption | RedemptionRefusal:
        """Give the use back."""
        lane = await self._lane(id_)
        return await self._write(_release, Settling(id_, by, self._now()), lane=lane, brief=True)

    async def redeem(
        self, text: str, did: str, *, address: Address | None, proof: Proof | None = None
    ) -> Grant | RedemptionRefusal:
        """Spend a use for a DID at once; the same code and DID again is the same use."""
        now = self._now()
        if proof is not None and await self._replayed(proof, now):
            return RedemptionRefusal.REPLAYED
        asked = _Redeeming(text, did, Attempt.by(address, now), proof)
        return await self._write(_redeem, asked, lane=keys(text)[-1], brief=True)

    async def tidy(self) -> bool:
        """Write down some leases that have ended, and tell whether more have.

        Nothing depends on it: whoever counts what is held does so by the clock.
        """
        now = self._now()
        keys = await self._read(lambda store: store.redemptions.due(now=now, limit=_ROUND))
        for key in dict.fromkeys(keys):
            await self._write(_tidy, (key, now), lane=key)
        return len(keys) == _ROUND

    async def _replayed(self, proof: Proof, now: datetime) -> bool:
        seen = await self._read(lambda store: store.proofs.seen(proof, now=now))
        return seen is Consumed.REPLAYED

    async def _lane(self, id_: str) -> str:
        found = await self._read(lambda store: store.redemptions.find(id_))
        return "" if found is None else found.key


def reserved(store: Store, wanted: Redemption) -> Redemption | RedemptionRefusal:
    """Hold a use, inside a unit of work."""
    earlier = store.redemptions.repeated(wanted)
    if earlier is not None:
        same = earlier.request == wanted.request
        return _standing(earlier, wanted.created_at) if same else RedemptionRefusal.MISMATCH
    if not store.codes.hold(
        wanted.key, Attempt(wanted.created_at, wanted.email_domain, wanted.email)
    ):
        return RedemptionRefusal.CODE
    store.redemptions.add(wanted)
    return wanted


def completed(store: Store, asked: Settling) -> Grant | RedemptionRefusal:
    """Spend the use that is held, inside a unit of work."""
    found, did = store.redemptions.lock(asked.id), asked.did or ""
    if found is None:
        return RedemptionRefusal.UNKNOWN
    if not asked.by.may(found):
        return RedemptionRefusal.FORBIDDEN
    settlement = completion(found, did, now=asked.at)
    if settlement is Settlement.REFUSE:
        return RedemptionRefusal.SETTLED
    if settlement is not Settlement.REPEAT:
        attempt = Attempt(asked.at, found.email_domain, found.email)
        if not _spent(store, found.key, did, attempt, held=settlement is Settlement.SPEND):
            return RedemptionRefusal.LEASE_EXPIRED
        store.redemptions.settle(
            replace(found, state=State.COMPLETED, settled_at=asked.at, used_by=did)
        )
    return store.codes.grant(found.key, did) or RedemptionRefusal.UNKNOWN


def _spent(store: Store, key: str, did: str, attempt: Attempt, *, held: bool) -> bool:
    """Give `did` a use, the one that is held or another; one it has already is enough."""
    if held:
        store.codes.spend_held(key, did=did, at=attempt.at)
        return True
    store.redemptions.end_leases(key, now=attempt.at)
    return store.codes.grant(key, did) is not None or store.codes.claim(key, attempt, did=did)


def released(store: Store, asked: Settling) -> Redemption | RedemptionRefusal:
    """Give the use back that is held, inside a unit of work."""
    found = store.redemptions.lock(asked.id)
    if found is None:
        return RedemptionRefusal.UNKNOWN
    if not asked.by.may(found):
        return RedemptionRefusal.FORBIDDEN
    match release(found, now=asked.at):
        case Settlement.REFUSE:
            return RedemptionRefusal.SETTLED
        case Settlement.GIVE_BACK:
            settled = replace(found, state=State.RELEASED, settled_at=asked.at)
            store.redemptions.settle(settled)
            store.codes.give_back(found.key)
            return settled
        case _:
            return _standing(found, asked.at)


def _redeem(store: Store, asked: Sequence[_Redeeming]) -> Sequence[Grant | RedemptionRefusal]:
    """Spend a use for each; those who signed for it are looked at one by one."""
    found = store.codes.keys([one.code for one in asked])
    grants = store.claims.each(
        [
            Claim(found[one.code], one.did, one.attempt)
            for one in asked
            if one.code in found and one.proof is None
        ]
    )
    return [_redeemed(store, one, found.get(one.code), grants) for one in asked]


def _redeemed(
    store: Store, asked: _Redeeming, key: str | None, grants: Mapping[Holder, Grant]
) -> Grant | RedemptionRefusal:
    if key is None:
        return RedemptionRefusal.CODE
    if asked.proof is None:
        return grants.get((key, asked.did), RedemptionRefusal.CODE)
    consumed = consume(store, asked.proof, now=asked.attempt.at)
    if consumed is Consumed.REPLAYED:
        return RedemptionRefusal.REPLAYED
    claim = Claim(key, asked.did, asked.attempt)
    granted = store.claims.each([claim]).get(claim.holder)
    if granted is None and consumed is Consumed.FRESH:
        give_back(store, asked.proof)
    return granted or RedemptionRefusal.CODE


@one_by_one
def _tidy(store: Store, asked: tuple[str, datetime]) -> int:
    key, now = asked
    return store.redemptions.end_leases(key, now=now)


def _standing(found: Redemption, now: datetime) -> Redemption:
    """The redemption as it stands now, whether or not that was written down."""
    state = found.at(now)
    if state is found.state:
        return found
    return replace(found, state=state, settled_at=found.lease_expires_at)


_reserve, _complete, _release = one_by_one(reserved), one_by_one(completed), one_by_one(released)
