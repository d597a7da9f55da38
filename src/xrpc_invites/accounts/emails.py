"""Which e-mail addresses an account may have, and their normal form."""

import re

import idna
from disposable_email_domains import blocklist
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from xrpc_invites.invites.domains import with_parents
from xrpc_invites.invites.status import Address

MAX_LENGTH = 320
MAX_DOMAIN = 253

# Nearly every domain: letters and digits, where nothing need be looked up in tables of Unicode.
_PLAIN = re.compile(r"[a-zA-Z0-9]{1,63}(?:\.[a-zA-Z0-9]{1,63})+", re.ASCII)
_DISPOSABLE = frozenset(blocklist)


# Nearly every address: what the library takes, and takes as it is, after twenty times as long.
_EVERYDAY = re.compile(
    r"(?=.{6,254}\Z)"
    r"(?=[^@]{1,64}@)[a-z0-9]+(?:[._+-][a-z0-9]+)*"
    r"@(?:(?=[^.]{1,63}\.)[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,63}",
    re.ASCII,
)
# The test environment is what lets .test through; .local and its like stay refused.
_SPECIAL = frozenset(SPECIAL_USE_DOMAIN_NAMES) - {"test"}


def normal_email(text: str) -> str | None:
    """The address in lower case; None for one that is malformed or made to be thrown away."""
    if not _EVERYDAY.fullmatch(text):
        return _checked(text)
    domains = with_parents(text.partition("@")[2])
    return None if any(one in _SPECIAL or one in _DISPOSABLE for one in domains) else text


def _checked(text: str) -> str | None:
    """The normal form of any address."""
    if len(text) > MAX_LENGTH:
        return None
    try:
        # Nothing is looked up: an address is not refused because a name server is slow.
        found = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except (EmailNotValidError, UnicodeError):
        return None
    domain = found.ascii_domain
    # The test environment would take the top-level domain `test` itself, too.
    return None if "." not in domain or _is_disposable(domain) else found.normalized.lower()


def address_of(text: str) -> Address | None:
    """The address in normal form; None for one that an account cannot have."""
    email = normal_email(text)
    return None if email is None else Address(email, domain_of(email))


def domain_of(email: str) -> str | None:
    """The domain of an address as lower-case A-labels; None where it has none."""
    return normal_domain(email.rpartition("@")[2])


def normal_domain(text: str) -> str | None:
    """A domain as lower-case A-labels; None for what is no domain."""
    if _PLAIN.fullmatch(text) and len(text) <= MAX_DOMAIN:
        return text.lower()
    try:
        domain = idna.encode(text.strip(), uts46=True, std3_rules=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None
    return domain if 0 < len(domain) <= MAX_DOMAIN and not domain.endswith(".") else None


def _is_disposable(domain: str) -> bool:
    return any(above in _DISPOSABLE for above in with_parents(domain.lower()))
