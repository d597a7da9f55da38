"""Random forests of invitations, circles included, and what they mean in plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import hypothesis.strategies as st

from tests.storage.books import NOON, code
from xrpc_invites.invites.model import ADMIN, InviteCode, InviteCodeUse

DIDS = [f"did:web:{name}.test" for name in ("ada", "bea", "cid", "dot", "eva", "fay", "gus")]


@dataclass(frozen=True)
class Forest:
    """Codes with all their uses."""

    codes: Sequence[InviteCode]

    def first(self, did: str) -> tuple[InviteCodeUse, InviteCode] | None:
        """How a DID joined."""
        uses = [
            (use.used_at, one.key, use, one)
            for one in self.codes
            for use in one.uses
            if use.used_by == did
        ]
        return min(uses, key=lambda found: found[:2])[2:] if uses else None

    def inviter(self, did: str) -> str | None:
        first = self.first(did)
        return None if first is None else first[1].for_account

    def children(self, did: str, root: str) -> list[str]:
        """Those that a DID invited, in the order in which a walk comes to them."""

        def place(child: str) -> tuple[object, ...]:
            use, one = self.first(child) or (None, None)
            assert use is not None
            assert one is not None
            return one.created_at, one.code, use.used_at, child

        mine = [one for one in DIDS if one != root and self.inviter(one) == did]
        return sorted(mine, key=place)

    def walked(self, did: str, root: str, depth: int, level: int = 1) -> list[tuple[int, str]]:
        """All below a DID with their depths, each before those it invited."""
        if level > depth:
            return []
        return [
            found
            for child in self.children(did, root)
            for found in ((level, child), *self.walked(child, root, depth, level + 1))
        ]


def _forest(owners: Sequence[str], uses: Sequence[tuple[int, int, int]]) -> Forest:
    by_code: dict[int, dict[str, int]] = {}
    for number, did, second in uses:
        by_code.setdefault(number % len(owners), {}).setdefault(DIDS[did], second)
    return Forest(
        [
            code(
                f"code-{number}",
                available=len(DIDS),
                for_account=owner,
                # Some were made at the same time.
                created_at=NOON + timedelta(seconds=number // 2),
                use_count=len(by_code.get(number, {})),
                uses=tuple(
                    InviteCodeUse(did, NOON + timedelta(seconds=second))
                    for did, second in by_code.get(number, {}).items()
                ),
            )
            for number, owner in enumerate(owners)
        ]
    )


forests = st.builds(
    _forest,
    st.lists(st.sampled_from([*DIDS, ADMIN]), min_size=1, max_size=8),
    st.lists(
        st.tuples(st.integers(0, 7), st.integers(0, len(DIDS) - 1), st.integers(0, 3)),
        max_size=16,
    ),
)
