"""npm's @atproto/xrpc-server and @atproto/crypto sign; @did-plc/server knows DIDs, and takes ours."""

from pathlib import Path

import base58
import httpx
import pytest

from tests.clients.node_programs import outcome, plc_directory
from tests.processes import SECRETS, ServerProcess, serving
from xrpc_invites.identity.fetching import Fetcher
from xrpc_invites.identity.keys import new_key
from xrpc_invites.identity.plc import PlcRegistrar, RotationKey


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


def test_a_real_directory_takes_the_dids_of_new_accounts(tmp_path: Path) -> None:
    with (
        plc_directory() as directory,
        serving(tmp_path, INVITES_PLC_URL=f"{directory}/", **SECRETS) as process,
    ):
        joined = httpx.post(
            f"{process.url}/xrpc/com.atproto.server.createAccount",
            json={"handle": "ada.test", "email": "a@mail.test", "inviteCode": code(process)},
        )
        session = joined.raise_for_status().json()
        known = httpx.get(f"{directory}/{session['did']}").raise_for_status().json()

    ours = session["didDoc"]
    assert session["did"].startswith("did:plc:")
    assert known["id"] == ours["id"]
    assert known["alsoKnownAs"] == ours["alsoKnownAs"] == ["at://ada.test"]
    assert known["service"] == ours["service"]
    # The first start made the key by which the directory would take changes.
    kept = (tmp_path / "data" / "invites_plc_rotation_key").read_text()
    assert RotationKey.parse(kept).did_key.startswith("did:key:zQ3s")


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["8126", "8626"], ids=["secp256k1", "P-256"])
async def test_a_real_directory_takes_back_a_did_that_is_nobodys(kind: str) -> None:
    secret = base58.b58encode(bytes.fromhex(kind) + new_key().secret).decode()
    with plc_directory() as directory:
        fetcher = Fetcher(httpx.AsyncHTTPTransport(), seconds=60)
        registrar = PlcRegistrar(
            fetcher, directory, key=RotationKey.parse(f"z{secret}"), endpoint="https://pds.test"
        )
        draft = registrar.draft("ada.test", new_key())

        await registrar.submit(draft)
        made = await fetcher.get(f"{directory}/{draft.did}")
        await registrar.withdraw(draft)
        gone = await fetcher.get(f"{directory}/{draft.did}")
        await fetcher.close()

    # The directory of plc.directory says 410, older ones say that it is not available.
    assert (made.status, gone.status) in {(200, 410), (200, 404)}
