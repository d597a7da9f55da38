"""Which e-mail addresses an account may have, and their normal form."""

from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, validate_email

MAX_LENGTH = 320

_DISPOSABLE = frozenset(blocklist)


def normal_email(text: str) -> str | None:
    """The address in lower case; None for one that is malformed or made to be thrown away."""
    if len(text) > MAX_LENGTH:
        return None
    try:
        # Nothing is looked up: an address is not refused because a name server is slow. The
        # test environment is what lets .test through; .local and its like stay refused.
        found = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except (EmailNotValidError, UnicodeError):
        return None
    domain = found.ascii_domain
    # The test environment would take the top-level domain `test` itself, too.
    return None if "." not in domain or _is_disposable(domain) else found.normalized.lower()


def _is_disposable(domain: str) -> bool:
    labels = domain.lower().split(".")
    return any(".".join(labels[start:]) in _DISPOSABLE for start in range(len(labels)))
