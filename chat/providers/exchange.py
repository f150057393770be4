"""One HTTP exchange: opened, read under the timers, and closed whatever happens: closing is the cancel signal."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import cast

import httpx

from chat.providers.base import Timeouts
from chat.providers.clients import see_off, shared_client
from chat.providers.errors import FailureKind
from chat.providers.inflating import body_in_pieces
from chat.providers.timers import Timers
from chat.providers.trouble import Trouble
from chat.providers.wires import Wire, wire_of

_PATIENCE_FOR_EOF_SECONDS = 0.05
_BYTES_AT_A_STRETCH = 32 * 1024  # then others have their turn, however much more has come
_OURS = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError)


@asynccontextmanager
async def exchange(request: httpx.Request, timers: Timers) -> AsyncIterator[httpx.Response]:
    """:raises Trouble: no answer began."""
    response = await _send(request, timers)
    response.stream = Releasing(cast("httpx.AsyncByteStream", response.stream))
    try:
        yield response
    finally:
        with suppress(httpx.HTTPError, OSError):
            await response.aclose()


class Releasing(httpx.AsyncByteStream):
    """Is closed whole, also for whoever is cancelled meanwhile: the library would else hold for ever that this
    connection is taken, and after some hundred of these nothing could be asked any more."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        await asyncio.shield(see_off(self._stream.aclose()))


async def receive(response: httpx.Response, timers: Timers) -> AsyncGenerator[bytes, None]:
    """The body as it comes. Once the model has finished, a broken or silent line is as good as an end.

    :raises Trouble: the line broke, or a timer ran out.
    """
    wire, stretch = wire_of(response), 0
    async with aclosing(_body_of(response, wire)) as body:
        while True:
            if stretch >= _BYTES_AT_A_STRETCH:
                stretch = 0
                await asyncio.sleep(0)
            if wire is not None and timers.may_go_on and (arrived := wire.arrived()):
                stretch += len(arrived)
                timers.heard()
                yield arrived
                continue
            try:
                received = await _next(body, timers)
            except Trouble:
                if timers.has_finished:
                    return
                raise
            if received is None:
                return
            yield received


async def _body_of(response: httpx.Response, wire: Wire | None) -> AsyncGenerator[bytes, None]:
    if wire is not None:
        async with aclosing(wire.body()) as carried:
            async for received in carried:
                yield received
    async with aclosing(body_in_pieces(response)) as body:
        async for received in body:
            yield received


async def read_whole(response: httpx.Response, timers: Timers, limit: int) -> bytes:
    """:raises Trouble: it broke off, or is longer than so many bytes."""
    body = bytearray()
    async with aclosing(receive(response, timers)) as parts:
        async for received in parts:
            body += received
            if len(body) > limit:
                raise Trouble(FailureKind.PROTOCOL, f"The answer has more than {limit} bytes.")
    return bytes(body)


async def await_end(body: AsyncGenerator[bytes, None]) -> None:
    """Give a body that is complete the moment it needs to end, so that its connection can be used again."""
    with suppress(TimeoutError, httpx.HTTPError, Trouble):
        async with asyncio.timeout(_PATIENCE_FOR_EOF_SECONDS):
            async for _ in body:
                pass


def httpx_timeout(timeouts: Timeouts) -> httpx.Timeout:
    """Reading is not limited here: one number could not tell silence from a lack of progress."""
    return httpx.Timeout(connect=timeouts.connect, write=timeouts.write, pool=timeouts.pool, read=None)


async def _send(request: httpx.Request, timers: Timers) -> httpx.Response:
    client, deadline = _client(), timers.headers_deadline()
    try:
        async with asyncio.timeout_at(deadline.at):
            return await client.send(request, stream=True)
    except TimeoutError as error:
        raise Trouble(FailureKind.TIMEOUT, deadline.message, tries_again=deadline.tries_again) from error
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, UnicodeError) as error:
        raise trouble_from(error) from error


def _client() -> httpx.AsyncClient:
    """:raises Trouble: the environment names a proxy that is none, or of a kind that is not installed."""
    try:
        return shared_client()
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise Trouble(FailureKind.CONFIG, f"No way to any server: {error}") from error


async def _next(body: AsyncGenerator[bytes, None], timers: Timers) -> bytes | None:
    deadline, began = timers.next_deadline(), timers.now()
    try:
        async with asyncio.timeout_at(deadline.at):
            received = await anext(body, None)
    except TimeoutError as error:
        raise Trouble(FailureKind.TIMEOUT, deadline.message, tries_again=deadline.tries_again) from error
    except (httpx.HTTPError, ssl.SSLError) as error:
        raise trouble_from(error) from error
    finally:
        timers.waited(timers.now() - began)
    timers.heard()
    return received


def trouble_from(error: Exception) -> Trouble:
    words = f"{type(error).__name__}: {error}"
    if isinstance(error, httpx.PoolTimeout):
        return Trouble(FailureKind.BUSY, "No free connection.")
    if isinstance(error, httpx.ConnectTimeout):
        return Trouble(FailureKind.TIMEOUT, "No connection in time.", tries_again=2)
    if isinstance(error, httpx.TimeoutException):
        return Trouble(FailureKind.TIMEOUT, words, tries_again=1)
    if isinstance(error, httpx.DecodingError):
        return Trouble(FailureKind.PROTOCOL, words)
    if isinstance(error, _OURS) or _is_about_certificates(error):
        return Trouble(FailureKind.CONFIG, words)
    return Trouble(FailureKind.NETWORK, words)


def _is_about_certificates(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
