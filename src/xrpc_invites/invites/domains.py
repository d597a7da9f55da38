"""Which e-mail domains may use a code: a domain itself, and everything below it."""

from collections.abc import Collection, Sequence


def with_parents(domain: str) -> Sequence[str]:
    """A domain and those above it: `a.example.org`, `example.org`, `org`."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


def admitted(domain: str | None, wanted: Collection[str]) -> bool:
    """Whether somebody of `domain` may use a code that asks for one of these domains."""
    if not wanted:
        return True
    return domain is not None and any(parent in wanted for parent in with_parents(domain))
