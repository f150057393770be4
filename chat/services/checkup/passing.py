"""What comes through the proxy, if there is one: who asks, and sockets.

The site is asked what it sees, at ``/healthz``, and says so only to whoever has its secret key.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
from django.conf import settings
from django.core import signing

from chat.services.checkup.findings import Finding, doubt, fault, ok
from chat.services.checkup.reaching import believed, unreached

HEADER = "X-Checkup"
SALT = "chat.checkup"
PATIENCE_SECONDS = 5
FRESH_SECONDS = 60
NOBODY = "192.0.2.1"  # kept for documentation: nobody has this address
CLIENT = "Let it set X-Forwarded-For to the address it sees, as deploy/nginx.conf does."
SOCKETS = "Let it pass Upgrade and Connection on, as deploy/nginx.conf does."


def is_examined(mark: str) -> bool:
    """By somebody with our secret key, a moment ago."""
    try:
        return bool(signing.loads(mark, salt=SALT, max_age=FRESH_SECONDS) == HEADER)
    except signing.BadSignature:
        return False


def passing() -> Iterator[Finding]:
    """Asked with the headers a browser never sends, but somebody might who wants to be somebody else."""
    try:
        with httpx.Client(
            base_url=settings.SITE_URL, timeout=PATIENCE_SECONDS, verify=believed(), trust_env=False
        ) as client:
            yield from _examined(client)
    except httpx.HTTPError as error:
        yield unreached("proxy", error)


def _examined(client: httpx.Client) -> Iterator[Finding]:
    seen, forged = _seen(client), _seen(client, **{"X-Forwarded-For": NOBODY})
    if seen is None or forged is None:
        words = "Who answers has another SECRET_KEY, or is no site of this version."
        yield doubt("proxy", words, "Give all processes the same .env, and start them anew.")
        return
    yield _believed(seen, forged)
    yield _sockets(client)


def _seen(client: httpx.Client, **headers: str) -> dict[str, Any] | None:
    mark = signing.dumps(HEADER, salt=SALT)
    answer = client.get("/healthz", headers={HEADER: mark, **headers})
    try:
        return dict(answer.json())
    except ValueError:
        return None


def _believed(seen: dict[str, Any], forged: dict[str, Any]) -> Finding:
    who = seen["client"]
    if not seen["forwarded"] and not seen["trusted"]:
        return ok("proxy", f"None before the site: {who} asks.")
    if not seen["trusted"]:
        words = f"The one at {who} is not believed: all who come by it count as one person."
        return fault("proxy", words, f"Name {who} in TRUSTED_PROXIES.")
    if forged["hops"] == [NOBODY]:
        return fault("proxy", "It hands on what clients say of themselves: anybody may be anybody.", CLIENT)
    if not seen["hops"]:
        return fault("proxy", f"The one at {who} does not say who asks: all count as one person.", CLIENT)
    return ok("proxy", f"It is believed, and says who asks: {who}.")


def _sockets(client: httpx.Client) -> Finding:
    """A handshake by nobody: who gets through is let in, and told to go."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Origin": settings.SITE_URL,
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(secrets.token_bytes(16)).decode(),
    }
    with client.stream("GET", "/ws/rooms/general/", headers=headers) as answer:
        status = answer.status_code
    if status == httpx.codes.SWITCHING_PROTOCOLS:
        return ok("proxy", "WebSockets come through.")
    return doubt("proxy", f"WebSockets do not come through ({status}): people get slower lines.", SOCKETS)
