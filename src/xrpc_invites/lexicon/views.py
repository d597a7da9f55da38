"""Typed views: what a schema says, as Python types that a type checker knows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from xrpc_invites.lexicon.faults import shown
from xrpc_invites.lexicon.syntax import FORMATS, WORDS

T = TypeVar("T")

_SENT = "sent"
"""Context of values that somebody sent, not of views that this program makes."""


class View(BaseModel):
    """Base of all views: strict, frozen, camelCase on the wire; unknown fields are let pass."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        hide_input_in_errors=True,
        # A start builds none of some two hundred views: each is built when it is first wanted.
        defer_build=True,
    )

    @classmethod
    def model_validate(cls, obj: object, **options: Any) -> Self:  # noqa: ANN401  # handed on
        """The view of a value that somebody sent: there null is not the same as nothing."""
        # What `BaseModel.model_validate` comes down to.
        made: Self = cls.__pydantic_validator__.validate_python(obj, context=_SENT, **options)
        return made


@dataclass(frozen=True, slots=True)
class Format:
    """Marks a string type with the format that its values have."""

    name: str


def _checker(name: str) -> Callable[[object], str]:
    fits, words = FORMATS[name], WORDS[name]

    def check(value: object) -> str:
        # A value with a format is no secret, so it can be shown; see `faults`.
        if not isinstance(value, str) or not fits(value):
            message = f"must be {words}, got {shown(value)}"
            raise PydanticCustomError("format", "{message}", {"message": message})
        return value

    return check


def refuse_null(value: object, info: ValidationInfo) -> object:
    """What a field that may be left out says to a null."""
    if value is None and info.context is _SENT:
        raise PydanticCustomError("null", "must not be null")
    return value


AtIdentifier = Annotated[str, Format("at-identifier"), BeforeValidator(_checker("at-identifier"))]
AtUri = Annotated[str, Format("at-uri"), BeforeValidator(_checker("at-uri"))]
Cid = Annotated[str, Format("cid"), BeforeValidator(_checker("cid"))]
Datetime = Annotated[str, Format("datetime"), BeforeValidator(_checker("datetime"))]
Did = Annotated[str, Format("did"), BeforeValidator(_checker("did"))]
Handle = Annotated[str, Format("handle"), BeforeValidator(_checker("handle"))]
Language = Annotated[str, Format("language"), BeforeValidator(_checker("language"))]
Nsid = Annotated[str, Format("nsid"), BeforeValidator(_checker("nsid"))]
RecordKey = Annotated[str, Format("record-key"), BeforeValidator(_checker("record-key"))]
Tid = Annotated[str, Format("tid"), BeforeValidator(_checker("tid"))]
Uri = Annotated[str, Format("uri"), BeforeValidator(_checker("uri"))]

Unknown = dict[str, Any]
"""Any object."""

Omittable = Annotated[T | None, BeforeValidator(refuse_null)]
"""A field that may be left out: None in Python, but refused when somebody sends null for it."""


def to_json(view: View) -> bytes:
    """A view as it goes out: absent fields are left out."""
    return view.__pydantic_serializer__.to_json(view, by_alias=True, exclude_none=True)
