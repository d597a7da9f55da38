"""Where the folders are that come with the program."""

from pathlib import Path


def shipped(folder: str) -> Path:
    """A top-level folder: inside the package once installed, beside `src/` in a checkout."""
    inside = Path(__file__).parents[1] / folder
    return inside if inside.is_dir() else Path(__file__).parents[3] / folder
