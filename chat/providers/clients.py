"""One HTTP client per event loop: connections belong to the loop that opened them, and are shared by all back ends."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import logging
import ssl
from collections.abc import Coroutine

import httpx

from chat.providers.wires import wired

_LIMITS = httpx.Limits(max_connections=400, max_keepalive_connections=40, keepalive_expiry=30)
_farewells: set[asyncio.Task[None]] = set()
_clients: dict[asyncio.AbstractEventLoop, httpx.AsyncClient] = {}

for _name in ("httpx", "httpcore"):  # they log whole URLs, and headers with keys when asked to debug
    logging.getLogger(_name).setLevel(logging.WARNING)


def shared_client() -> httpx.AsyncClient:
    """The running loop's client; time limits go with each request."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _forget_closed_loops()
        _clients[loop] = _new_client()
    return _clients[loop]


def see_off(farewell: Coroutine[None, None, None]) -> asyncio.Task[None]:
    """What is still to be done for a back end when nobody waits for its answer any more. Must not raise.

    A task of its own: whatever cancels the reply does not cancel this.
    """
    task = asyncio.get_running_loop().create_task(farewell, context=contextvars.Context())
    _farewells.add(task)
    task.add_done_callback(_farewells.discard)
    return task


async def close_clients() -> None:
    """Close the running loop's client: at the end of the process, and of each test that spoke to a model."""
    _forget_closed_loops()
    if said := [task for task in _farewells if task.get_loop() is asyncio.get_running_loop()]:
        await asyncio.wait(said)
    if client := _clients.pop(asyncio.get_running_loop(), None):
        await client.aclose()


def _new_client() -> httpx.AsyncClient:
    return wired(httpx.AsyncClient(limits=_LIMITS, follow_redirects=False, http2=False, verify=authorities()))


@functools.cache
def authorities() -> ssl.SSLContext:
    """Who is believed over TLS: all whom the world believes, and whom this machine was told of, for a house may have an
    authority of its own. Read once, for it takes some 40 ms."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context


def _forget_closed_loops() -> None:
    """Weak keys would not do: a client's open connections hold on to their loop."""
    for loop in [loop for loop in _clients if loop.is_closed()]:
        del _clients[loop]
