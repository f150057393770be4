"""Is a back end reachable, and does it know the model? The listing is asked first, as it costs nothing."""

from __future__ import annotations

from dataclasses import replace

import httpx

from chat.providers import jsontext
from chat.providers.base import Backend, ChatRequest, Check, Provider, Timeouts, Turn
from chat.providers.errors import PLAIN_WORDS, FailureKind
from chat.providers.events import Done, Failed
from chat.providers.exchange import exchange, receive
from chat.providers.openai import request as wire
from chat.providers.openai.rejection import raise_for_status
from chat.providers.redaction import Redactor
from chat.providers.timers import Timers
from chat.providers.trouble import Trouble

_MOST_MODELS = 5000
_MOST_BYTES = 8 * 1024 * 1024
_PATIENCE_SECONDS = 15.0
_DECISIVE = frozenset({FailureKind.AUTH, FailureKind.NETWORK, FailureKind.BUSY})


async def check_model(backend: Backend, provider: Provider, model: str, redact: Redactor) -> Check:
    try:
        models = await list_models(backend)
    except Trouble as trouble:
        if trouble.kind in _DECISIVE or (trouble.kind is FailureKind.CONFIG and trouble.status is None):
            return _failed(trouble, redact)
        models = frozenset()  # some list nothing, and yet answer
    if model in models:
        return Check(True, f"Reachable, and it knows {model}.")
    if not model:
        return Check(bool(models), f"Reachable, with {len(models)} models." if models else "It lists no models.")
    return await _ask(provider, model)


async def list_models(backend: Backend) -> frozenset[str]:
    """:raises Trouble: no list to be had."""
    timers = Timers(_impatient(backend))
    try:
        request = wire.build(backend, "/models")
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise Trouble(FailureKind.CONFIG, f"This back end's settings make no request: {error}") from error
    async with exchange(request, timers) as response:
        await raise_for_status(response, timers, backend.limits.error_bytes)
        body = bytearray()
        async for received in receive(response, timers):
            body += received
            if len(body) > _MOST_BYTES:
                raise Trouble(FailureKind.PROTOCOL, "The list of models is too long.")
    return _names_in(bytes(body))


async def _ask(provider: Provider, model: str) -> Check:
    """One token of an answer decides."""
    request = ChatRequest(turns=(Turn("user", "ping"),), model=model, max_tokens=1)
    async for event in provider.stream(request):
        match event:
            case Done() | Failed(kind=FailureKind.EMPTY):  # one token may well go into reasoning
                return Check(True, f"Reachable, and {model} answers.")
            case Failed(kind=kind, message=message):
                return Check(False, f"{PLAIN_WORDS[kind]} ({message})")
    return Check(False, "The check was cancelled.")


def _names_in(body: bytes) -> frozenset[str]:
    """``{"data": [{"id": …}]}``, or the bare array some servers send."""
    try:
        parsed = jsontext.parse(body.decode("utf-8", "replace"))
    except jsontext.NotJSON:
        return frozenset()
    listed = parsed if isinstance(parsed, list) else jsontext.as_list(jsontext.as_object(parsed).get("data"))
    names = (jsontext.as_text(jsontext.as_object(entry).get("id")) for entry in listed[:_MOST_MODELS])
    return frozenset(filter(None, names))


def _failed(trouble: Trouble, redact: Redactor) -> Check:
    return Check(False, f"{PLAIN_WORDS[trouble.kind]} ({redact(trouble.message)})")


def _impatient(backend: Backend) -> Timeouts:
    limits = backend.timeouts
    return replace(limits, headers=min(limits.headers, _PATIENCE_SECONDS), total=min(limits.total, _PATIENCE_SECONDS))
