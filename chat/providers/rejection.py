"""An answer whose status says no: what to make of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import httpx

from chat.providers import jsontext
from chat.providers.classify import by_status, kind_of
from chat.providers.errorobjects import ErrorObject, find_http_error
from chat.providers.errors import FailureKind
from chat.providers.exchange import receive
from chat.providers.hints import hint_from
from chat.providers.sse import EventTooLarge, SSEDecoder
from chat.providers.timers import Timers
from chat.providers.trouble import Trouble


async def raise_for_status(response: httpx.Response, timers: Timers, limit: int) -> None:
    """:raises Trouble: any status but 2xx."""
    if response.is_success:
        return
    if response.has_redirect_location or 300 <= response.status_code < 400:
        raise Trouble(
            FailureKind.CONFIG, "The server redirects elsewhere: check the base URL.", status=response.status_code
        )
    raise rejection(response, await _beginning(receive(response, timers), limit))


def rejection(response: httpx.Response, body: bytes) -> Trouble:
    status, hint = response.status_code, hint_from(response.headers)
    error = _error_in(body)
    if error is None:
        kind = by_status(status)
        return Trouble(kind, _status_line(response), status=status, hint=hint, tries_again=_tries(status))
    return Trouble(
        kind_of(error, status),
        f"{_status_line(response)}: {error.message}",
        status=status,
        hint=hint.or_else(error.hint),
        tries_again=_tries(status),
    )


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
    text = body.decode("utf-8", "replace").strip()
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


def _tries(status: int) -> int | None:
    return 1 if status == httpx.codes.REQUEST_TIMEOUT else None
