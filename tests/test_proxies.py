from __future__ import annotations

from ipaddress import ip_network

import pytest

from chatsite.proxies import TrustedProxies, parse_address

PROXIES = [ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


async def seen_through(peer, *headers, kind="http"):
    """The scope as the application behind the proxies gets it."""
    seen = []

    async def application(scope, receive, send):
        seen.append(scope)

    scheme = "http" if kind == "http" else "ws"
    scope = {
        "type": kind,
        "scheme": scheme,
        "client": peer and [peer, 5000],
        "headers": [(b"host", b"inside"), *headers],
    }
    await TrustedProxies(application, PROXIES)(scope, None, None)  # type: ignore[arg-type]
    return seen[0]


def forwarded_for(value):
    return (b"x-forwarded-for", value.encode())


async def test_a_trusted_proxy_speaks_for_its_client():
    scope = await seen_through(
        "127.0.0.1", forwarded_for("192.0.2.7"), (b"x-forwarded-proto", b"https"), (b"x-forwarded-host", b"chat.org")
    )

    assert scope["client"] == ["192.0.2.7", 0]
    assert scope["scheme"] == "https"
    assert scope["headers"] == [(b"host", b"chat.org")]


@pytest.mark.parametrize("said", [b"https", b"wss"])
async def test_a_socket_behind_tls_is_a_secure_one(said):
    scope = await seen_through("127.0.0.1", (b"x-forwarded-proto", said), kind="websocket")

    assert scope["scheme"] == "wss"


async def test_nobody_else_is_believed_and_the_headers_go():
    scope = await seen_through(
        "192.0.2.66",
        forwarded_for("127.0.0.1"),
        (b"x-forwarded-proto", b"https"),
        (b"X-Forwarded-Host", b"evil.org"),
        (b"forwarded", b"for=127.0.0.1"),
        (b"x-real-ip", b"127.0.0.1"),
        (b"accept", b"*/*"),
    )

    assert scope["client"] == ["192.0.2.66", 5000]
    assert scope["scheme"] == "http"
    assert scope["headers"] == [(b"host", b"inside"), (b"accept", b"*/*")]


@pytest.mark.parametrize(
    ("hops", "client"),
    [
        ("192.0.2.7, 10.1.1.1", "192.0.2.7"),  # two of our proxies
        ("1.1.1.1, 192.0.2.7", "192.0.2.7"),  # the client invented a hop
        ("127.0.0.1, 192.0.2.7, 10.1.1.1", "192.0.2.7"),  # even one of ours
        ("10.2.2.2, 10.1.1.1", "10.2.2.2"),  # all of them ours: it began there
        ("192.0.2.7, unknown", "127.0.0.1"),  # what cannot be read ends the chain
        ("", "127.0.0.1"),
    ],
)
async def test_the_client_is_the_first_hop_that_is_no_proxy_of_ours(hops, client):
    scope = await seen_through("127.0.0.1", forwarded_for(hops))

    assert scope["client"][0] == client


async def test_hops_may_come_in_several_headers():
    scope = await seen_through("127.0.0.1", forwarded_for("192.0.2.7"), forwarded_for("10.1.1.1"))

    assert scope["client"][0] == "192.0.2.7"


async def test_who_asks_without_a_proxy_has_one_address_however_it_is_written():
    scope = await seen_through("::ffff:192.0.2.7")

    assert scope["client"] == ["192.0.2.7", 5000]


async def test_a_peer_without_an_address_is_not_trusted():
    scope = await seen_through(None, forwarded_for("192.0.2.7"))

    assert scope["client"] is None


async def test_an_unknown_scheme_changes_nothing():
    scope = await seen_through("127.0.0.1", (b"x-forwarded-proto", b"gopher"))

    assert scope["scheme"] == "http"


async def test_a_lifespan_passes_untouched():
    seen = []

    async def application(scope, receive, send):
        seen.append(scope)

    await TrustedProxies(application, PROXIES)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]

    assert seen == [{"type": "lifespan"}]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("unknown", "None"),
        ("", "None"),
    ],
)
def test_addresses_are_read_as_proxies_write_them(text, address):
    assert str(parse_address(text)) == address
