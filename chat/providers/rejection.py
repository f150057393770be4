"""An answer whose status says no: what to make of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

import httpx

from chat.providers import jsontext
from chat.providers.classify import kind_of
from chat.providers.errorobjects import ErrorObject, find_http_error
from chat.providers.errors import FailureKind
from chat.providers.exchange import receive
from chat.providers.hints import hint_from
from chat.providers.sse import EventTooLarge, SSEDecoder
from chat.providers.timers import Timers
from chat.providers.trouble import Trouble

Judge = Callable[[ErrorObject, str], Trouble]


async def raise_for_status(response: httpx.Response, timers: Timers, limit: int, judge: Judge | None = None) -> None:
    """``judge`` knows what a wire's own errors mean.

    :raises Trouble: any status but 2xx.
    """
    if response.is_success:
        return
    if response.has_redirect_location or 300 <= response.status_code < 400:
        raise Trouble(
            FailureKind.CONFIG, "The server redirects elsewhere: check the base URL.", status=response.status_code
        )
    timers.heard()  # it will not begin any more, and nobody thinks about it
    timers.progressed()
    raise rejection(response, await _beginning(receive(response, timers), limit), judge)


def rejection(response: httpx.Response, body: bytes, judge: Judge | None = None) -> Trouble:
    error = _error_in(body) or ErrorObject("")
    hint = hint_from(response.headers).or_else(error.hint)
    words = f"{_status_line(response)}: {error.message}".removesuffix(": ")
    return (judge or _judged)(replace(error, status=response.status_code, hint=hint), words)


def _judged(error: ErrorObject, words: str) -> Trouble:
    tries = 1 if error.status == httpx.codes.REQUEST_TIMEOUT else None
    return Trouble(kind_of(error, error.status), words, status=error.status, hint=error.hint, tries_again=tries)


async def _beginning(body: AsyncGenerator[bytes, None], limit: int) -> bytes:
    """As much of an error page as is worth reading; a line that breaks meanwhile changes nothing."""
    read = bytearray()
    try:
        async with aclosing(body):
            async for received in body:
                read += received
                if len(read) >= limit:
                    break
    except Trouble:
        pass
    return bytes(read[:limit])


def _error_in(body: bytes) -> ErrorObject | None:
    """In a body of JSON, or in the first event that holds an error: some answer with a stream even then."""
    text = body.decode("utf-8-sig", "replace").strip()
    for candidate in (text, *_events_in(body)):
        try:
            parsed = jsontext.parse(candidate)
        except jsontext.NotJSON:
            continue
        first = parsed[0] if isinstance(parsed, list) and parsed else parsed
        if error := find_http_error(jsontext.as_object(first)):
            return error
    return None


def _events_in(body: bytes) -> list[str]:
    decoder = SSEDecoder()
    try:
        return [event.data for event in (*decoder.feed(body), *decoder.finish())]
    except EventTooLarge:
        return []


def _status_line(response: httpx.Response) -> str:
    return f"HTTP {response.status_code} {response.reason_phrase}".rstrip()
