"""What a stranger who holds a code sees of whom it is for: enough to know oneself by."""

_MASK = "•" * 4
"""As long whatever it hides."""


def masked_email(email: str) -> str:
    """`jane@example.org` as `j••••@example.org`."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}{_MASK}@{domain}"


def masked_name(name: str) -> str:
    """`Jane Doe` as `J••••`."""
    return f"{name[:1]}{_MASK}"
