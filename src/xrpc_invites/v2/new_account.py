"""The account that is asked for, and what must hold for each of its fields."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

SHORTEST, LONGEST = 8, 128
"""Characters of a password."""
CLASSES = 3
"""Of the four classes of characters so many must be in a password."""

_USERNAME = re.compile("[A-Za-z0-9-]+")


def _present(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "This field is required.")
    return text


def _username(text: str) -> str:
    name = _present(text).strip()
    if "_" in name:
        # Users of that API have them, so this comes as a surprise.
        raise PydanticCustomError(
            "underscore",
            "An underscore is not possible here: the name is part of a host name.",
        )
    if not _USERNAME.fullmatch(name):
        raise PydanticCustomError("characters", "Letters, digits and hyphens are possible.")
    if name.strip("-") != name:
        raise PydanticCustomError("ends", "A hyphen is not possible at the beginning or the end.")
    return name.lower()


def _password(text: str) -> str:
    if not SHORTEST <= len(text) <= LONGEST:
        raise PydanticCustomError(
            "length",
            "{least} to {most} characters are needed.",
            {"least": SHORTEST, "most": LONGEST},
        )
    if len({_class(character) for character in text}) < CLASSES:
        raise PydanticCustomError(
            "classes",
            "Three of these are needed: lower-case letters, upper-case letters, digits, others.",
        )
    return text


def _class(character: str) -> str:
    if character.isdigit():
        return "digit"
    if character.islower():
        return "lower"
    return "upper" if character.isupper() else "special"


class NewAccount(BaseModel):
    """What a sign-up says; other fields mean nothing here."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    username: Annotated[str, AfterValidator(_username)]
    """The first part of the handle; sign-up knows how long it may be."""
    email: Annotated[str, Field(max_length=320, repr=False), AfterValidator(_present)]
    password: Annotated[str, Field(repr=False), AfterValidator(_password)]
    invite_code: Annotated[str | None, Field(max_length=1_024, repr=False)] = None
