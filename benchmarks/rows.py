"""What is measured: the rows of the comparison."""

from dataclasses import dataclass
from itertools import chain

from benchmarks.filling import cursor
from benchmarks.load import Request

CREATE = "com.atproto.server.createInviteCode"
BATCH = "com.atproto.server.createInviteCodes"
LIST = "com.atproto.admin.getInviteCodes"
OWNED = "com.atproto.server.getAccountInviteCodes"
REDEEM = "org.xrpcinvites.redeemCode"

ADMIN, APP = "admin", "app"
OWNERS = {"five": 5, "many": 10_000}
"""Accounts, and how many codes they own."""
HOT = "localhost-hot"
PAGE, DEEP = 100, 1_000
WAYS = ("recent", "usage", f"page {DEEP:,}")
THOUSAND, HUNDRED_THOUSAND, MILLION = 1_000, 100_000, 1_000_000
TEN_MILLION = 10_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One work, and how many ask for it at once."""

    name: str
    connections: int
    request: Request
    aim: str = ""
    slow: bool = False
    """Whether the reference takes so long that one alone asks it, and longer."""

    @property
    def title(self) -> str:
        return f"{self.name}, {self.connections} connections"


def _pages(count: int, *, slow: bool = False) -> list[Row]:
    ways = {way: {"sort": way} for way in WAYS[:-1]}
    if count >= PAGE * DEEP:
        ways[WAYS[-1]] = {"cursor": cursor(count - PAGE * (DEEP - 1))}
    aim = "6 times" if count == THOUSAND else ""
    return [
        Row(
            f"getInviteCodes, {count:,} codes, {way}",
            16,
            Request(LIST, params={"limit": str(PAGE), **params}, caller=ADMIN),
            aim,
            slow,
        )
        for way, params in ways.items()
    ]


def _redeeming(code: str, aim: str) -> Row:
    what = "one hot code" if code == HOT else "distinct codes"
    body = f'{{"code": "{code}", "did": "did:plc:bbbbbbbbbbbbbb{{n}}"}}'
    return Row(f"redeemCode, {what}", 64, Request(REDEEM, body, caller=APP), aim)


_ONE = '{"useCount": 1}'
_HUNDRED = '{"codeCount": 100, "useCount": 1}'
_STRANGER = (
    '{"handle": "eve.test", "email": "eve@mail.test", "password": "a good password",'
    ' "inviteCode": "localhost-aaaaa-bbbbb"}'
)

NEW = [
    Row("describeServer", 64, Request("com.atproto.server.describeServer"), "2 times"),
    Row(
        "createAccount with a bad code",
        16,
        Request("com.atproto.server.createAccount", _STRANGER, status=400),
        "8 times",
    ),
    Row("createInviteCode without credentials", 16, Request(CREATE, _ONE, status=401), "2 times"),
    Row("createInviteCode", 16, Request(CREATE, _ONE, caller=ADMIN), "2 times"),
    Row("createInviteCode", 64, Request(CREATE, _ONE, caller=ADMIN), "3 times"),
    Row("createInviteCodes, 100 codes each", 16, Request(BATCH, _HUNDRED, caller=ADMIN), "6 times"),
]
"""On a new server."""

OF_ACCOUNTS = [
    Row(f"getAccountInviteCodes, {OWNERS[who]:,} codes", 16, Request(OWNED, caller=who), aim)
    for who, aim in {"five": "3 times", "many": "10 times"}.items()
]

LISTING = {
    THOUSAND: _pages(THOUSAND),
    HUNDRED_THOUSAND: _pages(HUNDRED_THOUSAND),
    # Each page of a million codes stops the whole reference for about a second.
    MILLION: _pages(MILLION, slow=True),
}
"""With so many codes in all."""

HUGE = [*_pages(THOUSAND)[:1], *_pages(TEN_MILLION)]
"""More than the reference can list; the first row is what few codes take."""

REDEEMING = [
    _redeeming("localhost-{n}", "3,000 /s on SQLite"),
    _redeeming(HOT, "1.5 times the time of distinct codes"),
]

LIMITED = [Row(f"{row.name} with rate limits", row.connections, row.request) for row in NEW[3:5]]

COMPARED = [*NEW, *OF_ACCOUNTS, *chain.from_iterable(LISTING.values())]
"""What the reference does too."""
