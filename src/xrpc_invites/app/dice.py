"""Random bits for what is drawn all the time, as good as those of `secrets`."""

import os
from collections.abc import Callable
from threading import Lock

_DRAWN = 4_096
"""Bytes that the operating system is asked for at once.

Each question lets go of the interpreter, and waits to have it back while another thread works.
"""


class Dice:
    """Draws numbers of so many random bits; none is drawn twice, also not by a forked process."""

    def __init__(self, source: Callable[[int], bytes] = os.urandom) -> None:
        self._source = source
        self._one_at_a_time = Lock()
        self._left, self._at = b"", 0
        os.register_at_fork(after_in_child=self._forget)

    def __call__(self, bits: int) -> int:
        """A number of at most so many bits."""
        size = (bits + 7) // 8
        with self._one_at_a_time:
            if self._at + size > len(self._left):
                self._left, self._at = self._source(max(_DRAWN, size)), 0
            drawn = self._left[self._at : self._at + size]
            self._at += size
        return int.from_bytes(drawn, "big") >> (size * 8 - bits)

    def name(self) -> str:
        """A name of 16 hex digits."""
        return f"{self(64):016x}"

    def _forget(self) -> None:
        # With the lock, which a thread may hold that is not there any more.
        self._one_at_a_time = Lock()
        self._left, self._at = b"", 0


DICE = Dice()
"""Those of this process."""
