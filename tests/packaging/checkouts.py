"""Copies of the tree as a fresh checkout has it."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def checkout(folder: Path) -> Path:
    """A copy of the tree, without what is made from it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, target)
    return folder
