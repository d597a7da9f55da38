"""npm's @atproto/xrpc-server and @atproto/crypto sign, and @did-plc/server knows their DIDs."""

from pathlib import Path

import httpx

from tests.clients.node_programs import outcome, plc_directory
from tests.processes import SECRETS, ServerProcess, serving


def code(process: ServerProcess) -> str:
    answer = httpx.post(
        f"{process.url}/xrpc/com.atproto.server.createInviteCode",
        json={"useCount": 1},
        auth=("admin", process.admin_password),
    )
    text: str = answer.raise_for_status().json()["code"]
    return text


def test_tokens_of_the_references_making_are_understood(tmp_path: Path) -> None:
    with (
        plc_directory() as directory,
        serving(
            tmp_path,
            INVITES_PLC_URL=directory,
            INVITES_PUBLIC_URL="https://invites.test",
            **SECRETS,
        ) as process,
    ):
        codes = [code(process) for _ in range(2)]
        happened = outcome(
            "service-auth.mjs", process.url, "did:web:invites.test", directory, *codes
        )

    as_it_should = {
        "forOthers": "401 BadJwtAudience",
        "forAnotherMethod": "401 BadJwtLexiconMethod",
        "byAnother": "401 BadJwtSignature",
        "joined": True,
        "again": True,
        "replayed": "401 JwtReplayed",
        "byTheNewKey": "400 InvalidInviteCode",
        "byTheOldKey": "401 BadJwtSignature",
    }
    assert happened == {
        "ada": as_it_should,
        "bea": as_it_should,
        "tombstoned": "401 UnresolvableDid",
        "unknown": "401 UnresolvableDid",
    }
