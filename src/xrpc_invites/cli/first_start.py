"""Secrets that nobody has set: made at the first start, kept for the next ones."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from xrpc_invites.settings import Settings, secret_file


def make_secrets(settings: Settings, names: Sequence[str] | None = None) -> dict[str, str]:
    """Make what no setting gives and no file holds; what was made, by name."""
    needed = settings.needed_secrets if names is None else names
    missing = [name for name in needed if getattr(settings, name) is None]
    if missing:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = {name: drawn(name) for name in missing}
    return {
        name: secret
        for name, secret in made.items()
        if _keep(secret_file(settings.data_dir, name), secret)
    }


def drawn(name: str) -> str:
    """A new secret of this name, in the form that it has."""
    return secrets.token_hex(32) if name == "plc_rotation_key" else secrets.token_urlsafe(32)


def _keep(file: Path, secret: str) -> bool:
    """Write a secret that only its owner can read; False when a rival start was faster.

    It is linked into place whole, so that nobody ever reads half of one.
    """
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as written:
            written.write(secret)
            written.flush()
            os.fsync(written.fileno())
        os.link(draft, file)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True
