"""A method as data: its name, its views, who may call it, and the function that answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from xrpc_invites.lexicon.views import View
from xrpc_invites.xrpc.limits import Rule
from xrpc_invites.xrpc.roles import Caller, Needs

KIB = 1024
BODY_LIMIT = 150 * KIB
"""Bytes of a request body, before and after inflation, unless a method says otherwise."""

AskedT = TypeVar("AskedT", bound=View)
AnswerT = TypeVar("AnswerT", bound=View)


class Nothing(View):
    """No parameters, no input, or no output."""


NOTHING = Nothing()


def _uncounted() -> None:
    pass


class Call(NamedTuple):
    """What a handler may know of a request besides what is asked."""

    caller: Caller
    nsid: str
    """The method that is called."""
    request: str
    """An id that no other request has."""
    address: str
    """The client's network address, as limits count it."""
    origin: str = ""
    """A keyed hash of that address; empty for those who are no operators."""
    missed: Callable[[], None] = _uncounted
    """Tells that what was asked is a wrong guess of what the method's `guesses` names."""


@dataclass(frozen=True, slots=True)
class Encoded(Generic[AnswerT]):
    """An answer that is JSON already, for lists so long that views would cost more than the rest.

    It says what the view would say: where output is validated, this is too.
    """

    json: bytes = field(repr=False)


Handler = Callable[[AskedT, Call], Awaitable[AnswerT | Encoded[AnswerT]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query(Generic[AskedT, AnswerT]):
    """Answers GET from parameters."""

    nsid: str
    params: type[AskedT]
    output: type[AnswerT]
    needs: Needs
    handle: Handler[AskedT, AnswerT]
    spends: Rule | None = None
    """The rule under which each call counts, besides those of all methods."""
    guesses: Rule | None = None
    """The rule under which wrong guesses of this method count."""
    revalidates: bool = False
    """Whether a client may keep the answer and ask whether it still holds."""

    @property
    def asked(self) -> type[AskedT]:
        """The view of what the handler is given."""
        return self.params


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure(Generic[AskedT, AnswerT]):
    """Answers POST from a body."""

    nsid: str
    input: type[AskedT]
    output: type[AnswerT]
    needs: Needs
    handle: Handler[AskedT, AnswerT]
    body_limit: int = BODY_LIMIT
    reveals: bool = False
    """Whether the answer holds a secret that nobody can be told again, and nothing may store."""
    spends: Rule | None = None
    """The rule under which each call counts, besides those of all methods."""
    guesses: Rule | None = None
    """The rule under which wrong guesses of this method count."""

    @property
    def asked(self) -> type[AskedT]:
        """The view of what the handler is given."""
        return self.input


Method = Query[Any, Any] | Procedure[Any, Any]
