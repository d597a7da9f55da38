"""Why an account is not made, or a session not given."""

from enum import StrEnum


class SignUpRefusal(StrEnum):
    """What keeps a sign-up from succeeding, in the order in which it is checked."""

    REPLAYED = "replayed"
    PLC_OPERATION = "plc-operation"
    PASSWORD_TOO_LONG = "password-too-long"  # noqa: S105  # the name of a refusal
    CODE_MISSING = "code-missing"
    EMAIL_MISSING = "email-missing"
    EMAIL_UNSUPPORTED = "email-unsupported"
    HANDLE_TLD = "handle-tld"
    HANDLE_DOMAIN = "handle-domain"
    HANDLE_SHORT = "handle-short"
    HANDLE_LONG = "handle-long"
    HANDLE_NESTED = "handle-nested"
    HANDLE_RESERVED = "handle-reserved"
    CODE_UNAVAILABLE = "code-unavailable"
    HANDLE_TAKEN = "handle-taken"
    EMAIL_TAKEN = "email-taken"
    DID_UNPROVEN = "did-unproven"
    DID_TAKEN = "did-taken"
    DIRECTORY_FAILED = "directory-failed"


class SessionRefusal(StrEnum):
    """What keeps a session from being given."""

    WRONG_PASSWORD = "wrong-password"  # noqa: S105  # the name of a refusal
    TAKEN_DOWN = "taken-down"
    ENDED = "ended"
