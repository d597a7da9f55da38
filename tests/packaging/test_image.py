"""The image's steps, done one after another, and what they make: a server that is healthy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import needs
from tests.packaging.checkouts import checkout
from tests.packaging.dockerfile import Image, instructions
from tests.processes import SECRETS, answering

ROOT = Path(__file__).parents[2]
DOCKERFILE = list(instructions((ROOT / "Dockerfile").read_text()))

pytestmark = pytest.mark.packaging


def test_every_step_works_and_the_server_is_healthy(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        needs.missing("root", "run it as root: a step gives a folder to another user")
    image = Image(checkout(tmp_path / "context"), tmp_path, sys._base_executable)  # type: ignore[attr-defined]
    final = image.build()

    assert final.volumes == ["/data"]
    settings = image.environment() | SECRETS
    with answering(image.arguments(final.command), cwd=final.root / "data", env=settings):
        health = subprocess.run(
            image.arguments(final.health), env=settings, check=False, capture_output=True
        )

    assert health.returncode == 0, health.stderr
    assert (final.root / "data" / "invites.db").is_file()
    sick = subprocess.run(
        image.arguments(final.health), env=settings, check=False, capture_output=True
    )
    assert sick.returncode != 0


def test_nobody_runs_as_root_and_nothing_is_installed_by_apt() -> None:
    users = [rest for name, rest in DOCKERFILE if name == "USER"]
    runs = [rest for name, rest in DOCKERFILE if name == "RUN"]

    assert all(part.isdecimal() and int(part) > 0 for part in users[-1].split(":"))
    assert not any("apt" in run.split() for run in runs)
    assert any(rest.startswith("python:3.11") for name, rest in DOCKERFILE if name == "FROM")
