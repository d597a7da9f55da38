"""Codes on stdout."""

from collections.abc import Iterable

import typer

from xrpc_invites.cli.calls import Json
from xrpc_invites.cli.tables import print_fields, print_json, print_rows

_HEAD = ("code", "status", "uses", "for", "expires", "note", "tags", "created")


def print_list(codes: Iterable[Json], *, as_json: bool) -> None:
    """A line for each code."""
    if as_json:
        print_json({"codes": list(codes)})
    else:
        print_rows(_HEAD, map(_row, codes))


def print_code(shown: Json) -> None:
    """One code, and a line for each use."""
    print_terms(shown["code"])
    if uses := shown["uses"]:
        rows = ([use["usedAt"], use["usedBy"], use.get("handle")] for use in uses)
        typer.echo()
        print_rows(("used at", "used by", "handle"), rows)


def print_terms(code: Json) -> None:
    """All that is known of one code, uses aside."""
    print_fields(
        [
            ("code", code["code"]),
            ("status", code["status"]),
            ("uses", _uses(code)),
            ("reserved", code["reservedCount"] or None),
            ("last used", code.get("lastUsedAt")),
            ("for", code["forAccount"]),
            ("by", code["createdBy"]),
            ("created", code["createdAt"]),
            ("not before", code.get("notBefore")),
            ("expires", code.get("expiresAt")),
            ("disabled", code.get("disabledAt") or code["disabled"]),
            ("reason", code.get("disabledReason")),
            ("note", code.get("note")),
            ("role", code.get("role")),
            ("tags", code["tags"]),
            ("e-mail domains", code["emailDomains"]),
            ("inviter shown", code["showInviter"]),
        ]
    )


def _row(code: Json) -> list[object]:
    return [
        code["code"],
        code["status"],
        _uses(code),
        code["forAccount"],
        code.get("expiresAt"),
        code.get("note"),
        code["tags"],
        code["createdAt"],
    ]


def _uses(code: Json) -> str:
    return f"{code['useCount']}/{code['available']}"
