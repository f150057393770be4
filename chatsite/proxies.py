"""Who is really asking, when a proxy asks for them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope

from chatsite.environment import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Headers = list[tuple[bytes, bytes]]

SPOKEN_FOR = (b"forwarded", b"x-real-ip", b"x-forwarded-")
# In the scope: it came by way of somebody, whom we trust or not; whether who sent it to us is one we trust; and the
# addresses that one named.
FORWARDED, TRUSTED, HOPS = "chat.forwarded", "chat.trusted", "chat.hops"
SCHEMES = {
    "http": {"http": "http", "https": "https"},
    "websocket": {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"},
}


class TrustedProxies:
    """Takes X-Forwarded-For, -Proto and -Host from the proxies named, and from nobody else.

    After it nothing downstream sees such a header, so nothing can believe one by mistake. And whoever asks has one
    address: to a server that listens on ``::`` those of IPv4 come in the words of IPv6, where all are of one network.
    """

    def __init__(self, app: ASGI3Application, networks: Iterable[Network]) -> None:
        self.app = app
        self.networks = tuple(networks)

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] in SCHEMES:
            scope = self._as_asked(dict(scope))  # type: ignore[assignment]
        await self.app(scope, receive, send)

    def _as_asked(self, scope: dict[str, Any]) -> dict[str, Any]:
        headers: Headers = list(scope["headers"])
        own = [header for header in headers if not header[0].lower().startswith(SPOKEN_FOR)]
        scope[FORWARDED] = len(own) < len(headers)
        if scope[FORWARDED]:
            scope["headers"] = own
        peer = parse_address(scope["client"][0]) if scope.get("client") else None
        if peer is None:
            return scope
        scope["client"] = [str(peer), scope["client"][1]]
        if not self._trusts(peer):
            return scope
        scope[TRUSTED], scope[HOPS] = True, _all(headers, b"x-forwarded-for")
        self._take_client(scope, peer, scope[HOPS])
        _take_scheme(scope, _all(headers, b"x-forwarded-proto"))
        _take_host(scope, _all(headers, b"x-forwarded-host"))
        return scope

    def _take_client(self, scope: dict[str, Any], peer: Address, hops: list[str]) -> None:
        """Each hop vouches for the one before it; the first that is not a proxy of ours is the client."""
        for hop in reversed(hops):
            address = parse_address(hop)
            if address is None:
                break
            peer = address
            if not self._trusts(address):
                break
        scope["client"] = [str(peer), 0]

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def parse_address(text: str) -> Address | None:
    """An address as proxies write it: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _take_scheme(scope: dict[str, Any], protocols: list[str]) -> None:
    known = SCHEMES[scope["type"]]
    if protocols and protocols[0].lower() in known:
        scope["scheme"] = known[protocols[0].lower()]


def _take_host(scope: dict[str, Any], hosts: list[str]) -> None:
    if hosts:
        others = [header for header in scope["headers"] if header[0].lower() != b"host"]
        scope["headers"] = [*others, (b"host", hosts[0].encode("latin-1"))]


def _all(headers: Headers, name: bytes) -> list[str]:
    """The values of a header that may come several times or as a list, the farthest first."""
    joined = ",".join(value.decode("latin-1") for key, value in headers if key.lower() == name)
    return [value.strip() for value in joined.split(",") if value.strip()]
