"""Whose request it is: nobody chooses his own address, and nobody has two."""

from ipaddress import ip_network

import pytest

from xrpc_invites.web.addresses import Addresses

PROXIES = Addresses([ip_network("10.0.0.0/8"), ip_network("fd00::/8"), ip_network("127.0.0.1")])
CLIENT = "203.0.113.7"


@pytest.mark.parametrize("peer", [CLIENT, "2001:db8::1", "", "testclient"])
def test_what_a_stranger_says_of_himself_is_not_heard(peer: str) -> None:
    spoofed = ["198.51.100.1", "10.0.0.1"]

    assert PROXIES.client(peer, spoofed) == PROXIES.client(peer)


def test_without_trusted_proxies_nobody_is_heard() -> None:
    assert Addresses().client("127.0.0.1", [CLIENT]) == "127.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "counted"),
    [
        ([CLIENT], CLIENT),
        ([f" {CLIENT} "], CLIENT),
        ([f"198.51.100.1, {CLIENT}"], CLIENT),  # the left one is the stranger's own word
        ([f"198.51.100.1, {CLIENT}, 10.9.9.9"], CLIENT),  # through a second proxy
        (["198.51.100.1", CLIENT], CLIENT),  # a proxy that writes a line of its own
        ([CLIENT, "10.9.9.9"], CLIENT),
        (["10.9.9.9, 10.8.8.8"], "10.9.9.9"),  # a client inside the trusted network
        ([f"{CLIENT}:4711"], CLIENT),
        (["[2001:db8:1:2::3]:4711"], "2001:db8:1:2::/64"),
        (["[2001:db8:1:2::3]"], "2001:db8:1:2::/64"),
        (["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ([f"::ffff:{CLIENT}"], CLIENT),
        (["fe80::1%eth0"], "fe80::/64"),
        ([f"{CLIENT}, fd00::5"], CLIENT),
    ],
)
def test_behind_trusted_proxies_the_nearest_stranger_counts(
    forwarded: list[str], counted: str
) -> None:
    assert PROXIES.client("10.0.0.1", forwarded) == counted


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        ",",
        "unknown",
        "_hidden",
        "203.0.113",
        "203.0.113.7:",
        "[::1",
        "1.2.3.4:999999",
        "é",
        "%",
    ],
)
def test_behind_garbage_the_proxy_that_passed_it_on_counts(garbage: str) -> None:
    assert PROXIES.client("10.0.0.1", [f"{CLIENT}, {garbage}"]) == "10.0.0.1"
    assert PROXIES.client("10.0.0.1", [f"{CLIENT},{garbage},10.0.0.2"]) == "10.0.0.2"


def test_a_proxy_that_forwards_nothing_is_the_client_itself() -> None:
    assert PROXIES.client("10.0.0.1", []) == "10.0.0.1"


def test_a_mapped_proxy_is_trusted_as_the_address_that_it_is() -> None:
    assert PROXIES.client("::ffff:10.0.0.1", [CLIENT]) == CLIENT


def test_a_home_has_one_address_however_many_it_takes() -> None:
    home = {PROXIES.client(f"2001:db8:1:2::{host:x}") for host in range(1, 300)}

    assert home == {"2001:db8:1:2::/64"}
    assert PROXIES.client("2001:db8:1:3::1") not in home


def test_of_an_endless_header_the_end_is_read() -> None:
    long = ",".join(["198.51.100.1"] * 100_000)

    assert PROXIES.client("10.0.0.1", [f"{long},{CLIENT}"]) == CLIENT
    assert PROXIES.client("10.0.0.1", ["10.0.0.2," * 100_000 + "10.0.0.3"]) == "10.0.0.2"


def test_half_an_address_at_the_cut_is_not_taken_for_a_whole_one() -> None:
    inside = "10.0.0.2," * 10_000

    for shift in range(20):
        assert PROXIES.client("10.0.0.1", [inside + " " * shift + "10.0.0.2"]) == "10.0.0.2"
