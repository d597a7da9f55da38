"""What a Lexicon document can say, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Null:
    """Nothing but null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Boolean:
    """True or false."""

    default: bool | None = None
    const: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer:
    """A whole number."""

    minimum: int | None = None
    maximum: int | None = None
    enum: tuple[int, ...] | None = None
    default: int | None = None
    const: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class String:
    """Text; lengths in UTF-8 bytes, and in grapheme clusters."""

    format: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_graphemes: int | None = None
    max_graphemes: int | None = None
    known_values: tuple[str, ...] | None = None
    enum: tuple[str, ...] | None = None
    default: str | None = None
    const: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bytes:
    """Raw bytes."""

    min_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CidLink:
    """A link to content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A file beside the record."""

    accept: tuple[str, ...] | None = None
    max_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """Values of one schema."""

    items: "Schema"
    min_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """Named values."""

    properties: Mapping[str, "Schema"] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    nullable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The parameters of a query string: scalars and arrays of scalars."""

    properties: Mapping[str, "Schema"] = field(default_factory=dict)
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A name that means something by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """Another definition."""

    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Union:
    """One of several definitions, told apart by `$type`."""

    refs: tuple[str, ...]
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Any object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a request or an answer carries."""

    encoding: str
    schema: "Object | Ref | Union | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A method that is called by GET."""

    parameters: Params = Params()
    output: Body | None = None
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """A method that is called by POST."""

    parameters: Params = Params()
    input: Body | None = None
    output: Body | None = None
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a stream carries."""

    schema: "Union"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A stream of messages."""

    parameters: Params = Params()
    message: Message | None = None
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a repository stores, and how its key is formed."""

    key: str
    record: Object


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSet:
    """Permissions that are asked for together."""

    permissions: tuple[Mapping[str, Any], ...]


Scalar = Boolean | Integer | String
Schema = (
    Null | Scalar | Bytes | CidLink | Blob | Array | Object | Params | Token | Ref | Union | Unknown
)
Primary = Query | Procedure | Subscription | Record | PermissionSet
Definition = Schema | Primary


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One Lexicon."""

    id: str
    defs: Mapping[str, Definition]
    source: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """The JSON that said it, with descriptions and all."""
