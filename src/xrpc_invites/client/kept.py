"""Answers that are kept with their tags, so that what has not changed is not sent again."""

from collections import OrderedDict
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Tagged(NamedTuple, Generic[V]):
    """An answer with the tag that the server gave to it."""

    tag: str
    value: V


class Kept(Generic[K, V]):
    """The answers that were asked for last, not more than so many. Threads may share it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._answers: OrderedDict[K, Tagged[V]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: K) -> Tagged[V] | None:
        """The answer that was kept."""
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
            return found

    def keep(self, key: K, answer: Tagged[V]) -> None:
        """Keep an answer, and forget the one that was not asked for the longest time."""
        with self._lock:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            if len(self._answers) > self._limit:
                self._answers.popitem(last=False)
