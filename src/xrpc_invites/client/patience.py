"""How long a client waits for a server, and how often it asks."""

from dataclasses import dataclass

_STEEPEST = 32
"""Doublings after which nothing grows any more, whatever is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Bounds of waiting, in seconds, and of asking again."""

    timeout: float = 10
    """For each step of one request: to connect, to send, to hear something."""
    tries: int = 5
    """Times that one call is made."""
    first_wait: float = 0.1
    """At most so long before the second try; doubled before each further one."""
    longest_wait: float = 10
    """At most so long, and a server that asks for more patience is not waited for."""

    def __post_init__(self) -> None:
        """Refuse what would never ask, or never end.

        Raises:
            ValueError: A bound is none.
        """
        if self.tries < 1 or self.timeout <= 0 or self.first_wait < 0 or self.longest_wait < 0:
            raise ValueError("patience has bounds: at least one try, and no negative times")

    def wait(self, tried: int, *, asked: float | None, roll: float) -> float | None:
        """Seconds to wait after so many tries; None when it was enough.

        `asked` is what the server asked for. `roll`, between 0 and 1, spreads those who were
        all turned away in the same moment.
        """
        if tried >= self.tries or (asked or 0) > self.longest_wait:
            return None
        doubled = self.first_wait * (1 << min(tried - 1, _STEEPEST))
        return (asked or 0) + roll * min(doubled, self.longest_wait)
