"""What the reference server answered, case by case: status and error name are the contract.

Where this server is stricter on purpose, the row says so.
"""

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.servers import ADMIN, Served

pytestmark = pytest.mark.anyio

CREATE = "com.atproto.server.createInviteCode"
CREATES = "com.atproto.server.createInviteCodes"
LIST = "com.atproto.admin.getInviteCodes"
DESCRIBE = "com.atproto.server.describeServer"
SIGN_UP = "com.atproto.server.createAccount"
DISABLE = "com.atproto.admin.disableInviteCodes"
JSON = {"Content-Type": "application/json"}
DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"


@dataclass(frozen=True)
class Case:
    """One request and its answer."""

    name: str
    method: str
    path: str
    status: int
    error: str | None = None
    options: dict[str, Any] = field(default_factory=dict)


def case(name: str, call: str, status: int, error: str | None = None, **options: Any) -> Case:
    method, path = call.split(" ", 1)
    return Case(name, method, path, status, error, options)


def admin(name: str, call: str, status: int, error: str | None = None, **options: Any) -> Case:
    return case(name, call, status, error, auth=ADMIN, **options)


def create(name: str, status: int, body: object, error: str | None = None) -> Case:
    return admin(f"createInviteCode {name}", f"POST {CREATE}", status, error, json=body)


def sign_up(name: str, error: str, **fields: object) -> Case:
    body = {"handle": "dave.test", "email": "dave@mail.test", "password": "pw", **fields}
    present = {key: value for key, value in body.items() if value is not ...}
    return case(f"createAccount {name}", f"POST {SIGN_UP}", 400, error, json=present)


def listed(query: str, status: int, error: str | None = None) -> Case:
    return admin(f"getInviteCodes {query}", f"GET {LIST}?{query}", status, error)


BAD = "InvalidRequest"
HTTP = [
    case("health", "GET _health", 200),
    case("health POST", "POST _health", 400, BAD),
    case("describeServer", f"GET {DESCRIBE}", 200),
    case("describeServer unknown parameter", f"GET {DESCRIBE}?nope=1", 200),
    case(
        "describeServer garbage credentials", f"GET {DESCRIBE}", 200, headers={"Authorization": "x"}
    ),
    case("describeServer POST (stricter)", f"POST {DESCRIBE}", 405, BAD),
    case("describeServer POST with a body (stricter)", f"POST {DESCRIBE}", 405, BAD, json={}),
    case(
        "describeServer GET with a body", f"GET {DESCRIBE}", 400, BAD, content=b"{}", headers=JSON
    ),
    case("describeServer HEAD", f"HEAD {DESCRIBE}", 200),
    case("createAccount preflight", f"OPTIONS {SIGN_UP}", 204),
    case("unknown method (clearer)", "GET com.example.nope", 501, "MethodNotImplemented"),
    case(
        "unknown atproto method (clearer)",
        "GET com.atproto.server.nope",
        501,
        "MethodNotImplemented",
    ),
    case("no NSID", "GET foo", 400, BAD),
    case("nothing", "GET ", 400, BAD),
    case("a slash at the end (stricter)", f"GET {DESCRIBE}/", 400, BAD),
    case(
        "another case of the NSID (stricter)",
        "GET com.atproto.server.describeserver",
        501,
        "MethodNotImplemented",
    ),
    case("GET on a procedure (stricter)", f"GET {CREATE}", 405, BAD),
    admin("HEAD on a procedure (stricter)", f"HEAD {CREATE}", 405),
    admin("DELETE (stricter)", f"DELETE {CREATE}", 405, BAD),
    case("preflight of a query", f"OPTIONS {DESCRIBE}", 204),
    admin("a NUL in a parameter", f"GET {LIST}?cursor=%00", 400, BAD),
    admin("bytes that are no UTF-8 in a parameter", f"GET {LIST}?cursor=%ff", 400, BAD),
    admin("an unpaired surrogate in a parameter", f"GET {LIST}?cursor=%ed%a0%80", 400, BAD),
    admin("too many parameters", f"GET {LIST}?{'a=1&' * 5000}", 400, BAD),
]
CREDENTIALS = [
    case(
        "createInviteCode without credentials",
        f"POST {CREATE}",
        401,
        "AuthenticationRequired",
        json={"useCount": 1},
    ),
    case(
        "createInviteCode Basic that is no base64",
        f"POST {CREATE}",
        401,
        "AuthenticationRequired",
        json={"useCount": 1},
        headers={"Authorization": "Basic ***"},
    ),
    case(
        "createInviteCode Basic without a colon",
        f"POST {CREATE}",
        401,
        "AuthenticationRequired",
        json={"useCount": 1},
        headers={"Authorization": "Basic YWRtaW4="},
    ),
    case(
        "createInviteCode wrong password",
        f"POST {CREATE}",
        401,
        "AuthenticationRequired",
        json={"useCount": 1},
        auth=("admin", "wrong"),
    ),
    case(
        "createInviteCode wrong user",
        f"POST {CREATE}",
        401,
        "AuthenticationRequired",
        json={"useCount": 1},
        auth=("root", "correct:horse battery"),
    ),
    case(
        "createInviteCode without credentials, malformed body",
        f"POST {CREATE}",
        401,
        "AuthenticationRequired",
        content=b"{",
        headers=JSON,
    ),
    case(
        "createInviteCode Bearer",
        f"POST {CREATE}",
        401,
        "AuthenticationRequired",
        json={"useCount": 1},
        headers={"Authorization": "Bearer x"},
    ),
    case(
        "createInviteCodes without credentials",
        f"POST {CREATES}",
        401,
        "AuthenticationRequired",
        json={"useCount": 1},
    ),
    case(
        "getInviteCodes garbage Bearer",
        f"GET {LIST}",
        401,
        "UntrustedIss",
        headers={"Authorization": "Bearer x"},
    ),
    case("getInviteCodes without credentials", f"GET {LIST}", 401, "AuthenticationRequired"),
    case("getInviteCodes without credentials, limit=0", f"GET {LIST}?limit=0", 400, BAD),
    case("getInviteCodes POST (stricter)", f"POST {LIST}", 405, BAD),
    case(
        "createAccount Basic",
        f"POST {SIGN_UP}",
        401,
        "AuthenticationRequired",
        auth=ADMIN,
        json={"handle": "dave.test"},
    ),
    case(
        "createAccount Bearer garbage",
        f"POST {SIGN_UP}",
        401,
        "BadJwt",
        headers={"Authorization": "Bearer x"},
        json={"handle": "dave.test"},
    ),
]
BODIES = [
    admin("no body", f"POST {CREATE}", 400, BAD),
    admin("empty body of JSON", f"POST {CREATE}", 400, BAD, content=b"", headers=JSON),
    admin(
        "charset utf-8",
        f"POST {CREATE}",
        200,
        content=b'{"useCount":1}',
        headers={"Content-Type": "application/json; charset=utf-8"},
    ),
    admin(
        "another case of the media type (clearer)",
        f"POST {CREATE}",
        200,
        content=b'{"useCount":1}',
        headers={"Content-Type": "Application/JSON"},
    ),
    admin(
        "charset latin1",
        f"POST {CREATE}",
        415,
        "UnsupportedMediaType",
        content=b'{"useCount":1}',
        headers={"Content-Type": "application/json; charset=latin1"},
    ),
    admin(
        "unknown coding",
        f"POST {CREATE}",
        415,
        "UnsupportedMediaType",
        content=b'{"useCount":1}',
        headers={**JSON, "Content-Encoding": "zip"},
    ),
    admin(
        "ld+json",
        f"POST {CREATE}",
        400,
        BAD,
        content=b'{"useCount":1}',
        headers={"Content-Type": "application/ld+json"},
    ),
    admin(
        "gzip",
        f"POST {CREATE}",
        200,
        content=gzip.compress(b'{"useCount":1}'),
        headers={**JSON, "Content-Encoding": "gzip"},
    ),
    admin(
        "gzip that is none",
        f"POST {CREATE}",
        400,
        BAD,
        content=b'{"useCount":1}',
        headers={**JSON, "Content-Encoding": "gzip"},
    ),
    admin(
        "gzip cut short",
        f"POST {CREATE}",
        400,
        BAD,
        content=gzip.compress(b'{"useCount":1}')[:-9],
        headers={**JSON, "Content-Encoding": "gzip"},
    ),
    admin(
        "gzip bomb",
        f"POST {CREATE}",
        413,
        "PayloadTooLarge",
        content=gzip.compress(b" " * 10_000_000),
        headers={**JSON, "Content-Encoding": "gzip"},
    ),
    admin(
        "151 KiB", f"POST {CREATE}", 413, "PayloadTooLarge", content=b" " * 151 * 1024, headers=JSON
    ),
    admin(
        "150 KiB", f"POST {CREATE}", 200, content=b'{"useCount":1}'.ljust(150 * 1024), headers=JSON
    ),
    admin(
        "malformed JSON (clearer)",
        f"POST {CREATE}",
        400,
        BAD,
        content=b'{"useCount":',
        headers=JSON,
    ),
    admin("JSON null (clearer)", f"POST {CREATE}", 400, BAD, content=b"null", headers=JSON),
    admin("JSON number (clearer)", f"POST {CREATE}", 400, BAD, content=b"1", headers=JSON),
    admin("JSON array", f"POST {CREATE}", 400, BAD, content=b"[]", headers=JSON),
    admin(
        "invalid UTF-8 (stricter)",
        f"POST {CREATE}",
        400,
        BAD,
        content=b'{"useCount":1,"x":"\xff"}',
        headers=JSON,
    ),
    admin(
        "byte order mark",
        f"POST {CREATE}",
        200,
        content=b'\xef\xbb\xbf{"useCount":1}',
        headers=JSON,
    ),
    admin("NUL", f"POST {DISABLE}", 400, BAD, content=rb'{"codes":["a\u0000b"]}', headers=JSON),
    admin("surrogate", f"POST {DISABLE}", 400, BAD, content=rb'{"codes":["\ud800"]}', headers=JSON),
    admin(
        "too deep",
        f"POST {CREATE}",
        400,
        BAD,
        content=b'{"useCount":1,"x":' + b"[" * 70_000 + b"]" * 70_000 + b"}",
        headers=JSON,
    ),
    admin("parameters on a procedure", f"POST {CREATE}?a=b", 200, json={"useCount": 1}),
    admin(
        "atproto-proxy header",
        f"POST {CREATE}",
        200,
        json={"useCount": 1},
        headers={"atproto-proxy": "did:web:x#y"},
    ),
]
CREATED = [
    create("missing useCount", 400, {}, BAD),
    create("useCount 1", 200, {"useCount": 1}),
    create("useCount 0 (stricter)", 400, {"useCount": 0}, BAD),
    create("useCount -2147483649 (stricter)", 400, {"useCount": -2147483649}, BAD),
    create("useCount 2^31", 200, {"useCount": 2**31}),
    create("useCount 2^53-1", 200, {"useCount": 2**53 - 1}),
    create("useCount 2^53", 400, {"useCount": 2**53}, BAD),
    create("useCount 2^64", 400, {"useCount": 2**64}, BAD),
    create('useCount "1"', 400, {"useCount": "1"}, BAD),
    create("useCount list", 400, {"useCount": [1]}, BAD),
    create("useCount true", 400, {"useCount": True}, BAD),
    create("useCount null", 400, {"useCount": None}, BAD),
    create("useCount 1.5", 400, {"useCount": 1.5}, BAD),
    create("useCount 1.0", 200, {"useCount": 1.0}),
    admin(
        "createInviteCode useCount 1e400",
        f"POST {CREATE}",
        400,
        BAD,
        content=b'{"useCount":1e400}',
        headers=JSON,
    ),
    create("forAccount admin", 400, {"useCount": 1, "forAccount": "admin"}, BAD),
    create("forAccount null", 400, {"useCount": 1, "forAccount": None}, BAD),
    create("forAccount unknown", 200, {"useCount": 1, "forAccount": DID}),
    create("forAccount did: only", 400, {"useCount": 1, "forAccount": "did:"}, BAD),
    create("forAccount upper case", 400, {"useCount": 1, "forAccount": DID.upper()}, BAD),
    create("forAccount handle", 400, {"useCount": 1, "forAccount": "alice.test"}, BAD),
    create("extra field", 200, {"useCount": 1, "more": {"a": [1]}}),
    admin(
        "createInviteCode __proto__",
        f"POST {CREATE}",
        400,
        BAD,
        content=b'{"useCount":1,"__proto__":{}}',
        headers=JSON,
    ),
]
BATCHES = [
    admin(f"createInviteCodes {name}", f"POST {CREATES}", status, error, json=body)
    for name, status, body, error in [
        ("codeCount missing", 200, {"useCount": 1}, None),
        ("forAccounts string", 400, {"useCount": 1, "forAccounts": DID}, BAD),
        ("forAccounts admin", 400, {"useCount": 1, "forAccounts": ["admin"]}, BAD),
        ("forAccounts null", 400, {"useCount": 1, "forAccounts": None}, BAD),
        ("codeCount 0 (stricter)", 400, {"useCount": 1, "codeCount": 0}, BAD),
        ("codeCount 1.5", 400, {"useCount": 1, "codeCount": 1.5}, BAD),
        ("codeCount null", 400, {"useCount": 1, "codeCount": None}, BAD),
        ("codeCount 5000", 200, {"useCount": 1, "codeCount": 5000}, None),
        ("10,001 codes (stricter)", 400, {"useCount": 1, "codeCount": 10_001}, BAD),
        (
            "5,001 codes for two (stricter)",
            400,
            {"useCount": 1, "codeCount": 5_001, "forAccounts": [DID, DID]},
            BAD,
        ),
    ]
]
LISTS = [
    listed("sort=recent&limit=2", 200),
    listed("limit=501", 400, BAD),
    listed("limit=500", 200),
    listed("limit=-1", 400, BAD),
    listed("limit=0", 400, BAD),
    listed("limit=abc", 400, BAD),
    listed("limit=1.5", 400, BAD),
    listed("limit=1e2", 400, BAD),
    listed("limit=0x10", 400, BAD),
    listed("limit=%201", 400, BAD),
    listed("limit=", 200),
    listed("limit=1&limit=2", 400, BAD),
    listed("sort=RECENT", 400, BAD),
    listed("sort=Usage", 400, BAD),
    listed("sort=", 200),
    listed("cursor=", 200),
    listed("sort=recent&cursor=abc::def", 400, BAD),
    listed("sort=usage&cursor=abc::def", 400, BAD),
    listed("sort=recent&cursor=1::", 400, BAD),
    listed("sort=usage&cursor=1::", 400, BAD),
    listed("sort=usage&cursor=1::a::b", 400, BAD),
    listed("sort=recent&cursor=1:a", 400, BAD),
    listed("sort=usage&cursor=1:a", 400, BAD),
    listed("sort=usage&cursor=99999999999999999::x", 200),
    listed("sort=recent&cursor=99999999999999999::x", 200),
    listed("sort=usage&cursor=-1::x", 200),
    listed("sort=usage&cursor=1.5::x", 200),
    listed("sort=usage&cursor=1795000000000::x", 200),
    listed("sort=recent&cursor=3::x", 200),
    listed("sort=foo&limit=0", 400, BAD),
]
SIGN_UPS = [
    sign_up("without a code", "InvalidInviteCode"),
    sign_up("empty code", "InvalidInviteCode", inviteCode=""),
    sign_up("blank code", "InvalidInviteCode", inviteCode=" \t"),
    sign_up("unknown code", "InvalidInviteCode", inviteCode="localhost-aaaaa-bbbbb"),
    sign_up("malformed code", "InvalidInviteCode", inviteCode="!!"),
    sign_up("code that is a number", BAD, inviteCode=123),
    sign_up("code null", BAD, inviteCode=None),
    sign_up("handle with an underscore", BAD, handle="da_ve.test", inviteCode="x"),
    sign_up("handle with a blank", BAD, handle="da ve.test"),
    sign_up("empty handle", BAD, handle=""),
    sign_up("handle with an at sign", BAD, handle="@dave.test"),
    sign_up("short handle", "InvalidHandle", handle="da.test", inviteCode="x"),
    sign_up("long handle", "InvalidHandle", handle=f"{'d' * 19}.test", inviteCode="x"),
    sign_up("handle of more than 253 characters", BAD, handle=f"{'a' * 250}.test"),
    sign_up("nested handle", "InvalidHandle", handle="a.dave.test", inviteCode="x"),
    sign_up(
        "handle of another domain", "UnsupportedDomain", handle="dave.example.com", inviteCode="x"
    ),
    sign_up("handle with a disallowed end", "InvalidHandle", handle="dave.local", inviteCode="x"),
    sign_up("handle.invalid", "InvalidHandle", handle="handle.invalid", inviteCode="x"),
    sign_up("reserved handle", "HandleNotAvailable", handle="admin.test", inviteCode="x"),
    sign_up("handle that is a number", BAD, handle=123),
    sign_up("no handle", BAD, handle=...),
    sign_up("e-mail without an at sign", BAD, email="dave", inviteCode="x"),
    sign_up("e-mail without a top-level domain", BAD, email="dave@mail", inviteCode="x"),
    sign_up("disposable e-mail", BAD, email="dave@mailinator.com", inviteCode="x"),
    sign_up("empty e-mail", BAD, email="", inviteCode="x"),
    sign_up("no e-mail", BAD, email=..., inviteCode="x"),
    sign_up("e-mail with two at signs", BAD, email="d@v@mail.test", inviteCode="x"),
    sign_up("bad handle and no code", BAD, handle="da_ve.test"),
    sign_up("bad e-mail and bad code", BAD, email="dave", inviteCode="x"),
    sign_up("no code and bad e-mail", "InvalidInviteCode", email="dave"),
    sign_up("long password", BAD, password="p" * 257, inviteCode="x"),
    sign_up("plcOp", BAD, plcOp={}),
    sign_up("malformed did", BAD, did="nope", inviteCode="x"),
    case("createAccount no content type", f"POST {SIGN_UP}", 400, BAD, content=b"{}"),
    case(
        "createAccount text/plain",
        f"POST {SIGN_UP}",
        400,
        BAD,
        content=b"{}",
        headers={"Content-Type": "text/plain"},
    ),
    case("createAccount no body", f"POST {SIGN_UP}", 400, BAD),
    case("createAccount GET (stricter)", f"GET {SIGN_UP}", 405, BAD),
]
ADMINS = [
    admin(f"disableInviteCodes {json.dumps(body)}", f"POST {DISABLE}", status, error, json=body)
    for body, status, error in [
        ({"codes": ["unknown"]}, 200, None),
        ({}, 200, None),
        ({"codes": [], "accounts": []}, 200, None),
        ({"accounts": ["not a did"]}, 200, None),
        ({"accounts": ["admin"]}, 400, BAD),
        ({"codes": [1]}, 400, BAD),
    ]
] + [
    admin("disableInviteCodes no body", f"POST {DISABLE}", 400, BAD),
    admin(
        "getAccountInfo unknown", f"GET com.atproto.admin.getAccountInfo?did={DID}", 400, "NotFound"
    ),
    admin("getAccountInfo without did", "GET com.atproto.admin.getAccountInfo", 400, BAD),
    admin(
        "getAccountInfos unknown",
        f"GET com.atproto.admin.getAccountInfos?dids={DID}&dids=did:web:x",
        200,
    ),
    admin("getAccountInfos without dids", "GET com.atproto.admin.getAccountInfos", 400, BAD),
    admin(
        "disableAccountInvites bad did",
        "POST com.atproto.admin.disableAccountInvites",
        400,
        BAD,
        json={"account": "nope"},
    ),
    admin(
        "enableAccountInvites bad did",
        "POST com.atproto.admin.enableAccountInvites",
        400,
        BAD,
        json={"account": "nope"},
    ),
    admin(
        "enableAccountInvites unknown",
        "POST com.atproto.admin.enableAccountInvites",
        200,
        json={"account": DID},
    ),
    admin(
        "getSubjectStatus unknown",
        f"GET com.atproto.admin.getSubjectStatus?did={DID}",
        400,
        "NotFound",
    ),
    admin("getSubjectStatus nothing named", "GET com.atproto.admin.getSubjectStatus", 400, BAD),
    admin("deleteAccount unknown", "POST com.atproto.admin.deleteAccount", 200, json={"did": DID}),
    case(
        "resolveHandle unknown",
        "GET com.atproto.identity.resolveHandle?handle=nobody.test",
        400,
        "HandleNotFound",
    ),
    case("resolveHandle no handle", "GET com.atproto.identity.resolveHandle?handle=x", 400, BAD),
    case(
        "createSession unknown",
        "POST com.atproto.server.createSession",
        401,
        "AuthenticationRequired",
        json={"identifier": "nobody.test", "password": "x"},
    ),
    case("checkSignupQueue", "GET com.atproto.temp.checkSignupQueue", 200),
]


@pytest.mark.parametrize(
    "recorded",
    HTTP + CREDENTIALS + BODIES + CREATED + BATCHES + LISTS + SIGN_UPS + ADMINS,
    ids=lambda recorded: recorded.name,
)
async def test_an_answer_is_the_recorded_one(server: Served, recorded: Case) -> None:
    path = f"/xrpc/{recorded.path}"

    answer = await server.client.request(recorded.method, path, **recorded.options)

    assert answer.status_code == recorded.status, answer.text
    if recorded.error:
        assert answer.json()["error"] == recorded.error
        assert answer.json()["message"]
        assert answer.headers["content-type"] == "application/json"


def test_no_case_is_written_twice() -> None:
    names = [
        one.name
        for one in HTTP + CREDENTIALS + BODIES + CREATED + BATCHES + LISTS + SIGN_UPS + ADMINS
    ]

    assert len(names) == len(set(names))


async def test_a_wrong_http_method_is_told_the_right_one(server: Served) -> None:
    answers = [
        await server.client.post(f"/xrpc/{DESCRIBE}"),
        await server.client.get(f"/xrpc/{CREATE}"),
    ]

    assert [answer.headers["allow"] for answer in answers] == ["GET, HEAD", "POST"]
