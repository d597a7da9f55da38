"""Bounds of the invite tree that no test has the patience to reach in a database."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from xrpc_invites.invites.freezing import Wish, _meant
from xrpc_invites.invites.tree import MAX_FROZEN


@dataclass
class Wide:
    """A tree of one level, of which no more is told than is asked for."""

    size: int

    def below(self, _root: str, *, depth: int | None, limit: int) -> Sequence[str]:
        assert depth is None
        return [f"did:web:{n}.test" for n in range(min(self.size, limit))]


@pytest.mark.parametrize("include_root", [True, False])
def test_a_tree_is_frozen_up_to_a_size(include_root: bool) -> None:  # noqa: FBT001  # as pytest calls it
    room = MAX_FROZEN - include_root
    wish = Wish(did="did:web:root.test", include_root=include_root)

    def meant(size: int) -> Any:
        store: Any = SimpleNamespace(tree=Wide(size))
        return _meant(store, wish)

    assert len(meant(room)) == MAX_FROZEN
    assert meant(room + 1) is None
    assert meant(MAX_FROZEN * 2) is None
