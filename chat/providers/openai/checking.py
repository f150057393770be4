"""Is a back end reachable, and does it know the model? The listing is asked first, as it costs nothing."""

from __future__ import annotations

from chat.providers import jsontext
from chat.providers.base import Backend, ChatRequest, Check, Provider, Turn
from chat.providers.errors import PLAIN_WORDS, FailureKind
from chat.providers.events import Done, Failed
from chat.providers.exchange import exchange, read_whole
from chat.providers.outgoing import build
from chat.providers.redaction import Redactor
from chat.providers.rejection import raise_for_status
from chat.providers.timers import Timers, impatient
from chat.providers.trouble import Trouble

_MOST_MODELS = 5000
_THOUGHTFUL_TOKENS = 200  # a reasoning model refuses a budget in which it cannot think
_MOST_BYTES = 8 * 1024 * 1024
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
    return await _ask(provider, model, _THOUGHTFUL_TOKENS if backend.is_reasoning_model else 1)


async def list_models(backend: Backend) -> frozenset[str]:
    """:raises Trouble: no list to be had."""
    timers = Timers(impatient(backend.timeouts))
    async with exchange(build(backend, "/models"), timers) as response:
        await raise_for_status(response, timers, backend.limits.error_bytes)
        return _names_in(await read_whole(response, timers, _MOST_BYTES))


async def _ask(provider: Provider, model: str, tokens: int) -> Check:
    """A first token of an answer decides."""
    request = ChatRequest(turns=(Turn("user", "ping"),), model=model, max_tokens=tokens)
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
