"""What a test needs of the machine: where it is missing, the test is skipped with a remedy."""

import os
import shutil
from pathlib import Path

import pytest


def missing(what: str, remedy: str) -> None:
    """Skip, or fail where everything is required."""
    reason = f"{what} is not here: {remedy}"
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def program(name: str, remedy: str) -> str:
    """The path of a program."""
    found = shutil.which(name)
    if found is None:
        missing(name, remedy)
    return str(found)


def path(where: Path, remedy: str) -> Path:
    """A file or a folder."""
    if not where.exists():
        missing(str(where), remedy)
    return where
