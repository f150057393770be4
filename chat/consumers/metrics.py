"""``GET /metrics``. Before Django and its ``ALLOWED_HOSTS``: Prometheus knows each process by its own address."""

from __future__ import annotations

from typing import Any

from chat.consumers.handshake import header
from chat.consumers.identity import SAFE_METHODS
from chat.metrics import CONTENT_TYPE
from chat.scraping import is_direct, may_scrape, scrape

FORWARDED = "chat.forwarded"  # in the scope, by chatsite.proxies: somebody else asked the one who asks us


async def metrics(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Absent for everybody who may not."""
    scheme, _, bearer = header(scope, b"authorization").partition(" ")
    is_known = scheme.lower() == "bearer" and bool(bearer)
    may = may_scrape(bearer.strip() if is_known else "", is_local=is_local(scope))
    if may and scope["method"] in SAFE_METHODS:  # the server leaves out the body, for it is one piece
        await _answer(send, 200, CONTENT_TYPE, await scrape())
    else:
        await _answer(send, 404, "text/plain; charset=utf-8", "Not found\n")


def is_local(scope: dict[str, Any]) -> bool:
    peer = (scope.get("client") or ("",))[0]
    return is_direct(peer=peer, host=header(scope, b"host"), is_forwarded=bool(scope.get(FORWARDED)))


async def _answer(send: Any, status: int, content_type: str, text: str) -> None:
    body = text.encode()
    told = {"Content-Type": content_type, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
    headers = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
