"""DID documents, as clients and other servers read them."""

import pytest

from xrpc_invites.identity.documents import account_document, did_web, service_document

DID = "did:web:ada.test"
ENDPOINT = "https://invites.example.org"


@pytest.mark.parametrize(
    ("authority", "did"),
    [
        ("invites.example.org", "did:web:invites.example.org"),
        ("localhost:2585", "did:web:localhost%3A2585"),
        ("ada.test", "did:web:ada.test"),
    ],
)
def test_a_host_is_a_did_with_the_colon_of_its_port_encoded(authority: str, did: str) -> None:
    assert did_web(authority) == did


def test_an_accounts_document_names_its_handle_its_key_and_its_server() -> None:
    document = account_document(DID, "ada.test", "zQ3shKey", ENDPOINT)

    assert document == {
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/multikey/v1",
        ],
        "id": DID,
        "alsoKnownAs": ["at://ada.test"],
        "verificationMethod": [
            {
                "id": "did:web:ada.test#atproto",
                "type": "Multikey",
                "controller": DID,
                "publicKeyMultibase": "zQ3shKey",
            }
        ],
        "service": [
            {
                "id": "#atproto_pds",
                "type": "AtprotoPersonalDataServer",
                "serviceEndpoint": ENDPOINT,
            }
        ],
    }


def test_the_services_document_says_where_invites_are() -> None:
    document = service_document("did:web:invites.example.org", ENDPOINT)

    assert document == {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": "did:web:invites.example.org",
        "service": [
            {"id": "#atproto_invites", "type": "AtprotoInvites", "serviceEndpoint": ENDPOINT}
        ],
    }


def test_a_change_to_one_document_stays_out_of_the_next() -> None:
    account_document(DID, "ada.test", "zQ3shKey", ENDPOINT)["@context"].clear()

    assert account_document(DID, "ada.test", "zQ3shKey", ENDPOINT)["@context"]
    assert service_document(DID, ENDPOINT)["@context"]
