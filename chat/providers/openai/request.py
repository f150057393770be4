"""What is sent: only what is configured, because strict servers refuse what they do not know."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import cast

import httpx

from chat.providers.base import Backend, ChatRequest, Turn
from chat.providers.errors import FailureKind
from chat.providers.exchange import httpx_timeout
from chat.providers.trouble import Trouble

Body = dict[str, object]
_OMITTED = Turn("user", "(The conversation so far is longer than what follows.)")


def body_for(request: ChatRequest) -> Body:
    options: Body = {"temperature": request.temperature, "max_tokens": request.max_tokens}
    return {
        "model": request.model,
        "messages": messages_from(request.turns),
        "stream": True,
        "stream_options": {"include_usage": True},
        **{name: value for name, value in options.items() if value is not None},
    }


def messages_from(turns: Iterable[Turn]) -> list[dict[str, str]]:
    """The system's words once and first, then user and assistant in turn, the user first.

    Many local chat templates fail on anything else.
    """
    said = [turn for turn in turns if turn.content.strip()]
    system = [turn for turn in said if turn.role == "system"]
    spoken = [turn for turn in said if turn.role != "system"]
    if spoken and spoken[0].role == "assistant":
        spoken.insert(0, _OMITTED)
    groups = groupby(system + spoken, key=lambda turn: turn.role)
    return [{"role": role, "content": "\n\n".join(turn.content for turn in group)} for role, group in groups]


def adapted(body: Body, trouble: Trouble) -> Body | None:
    """The request without what this server refused; None if there is nothing to be taken away."""
    if trouble.kind is FailureKind.CONTEXT:
        return _shortened(body)
    if trouble.status not in (400, 422):
        return None
    said = trouble.message.lower()
    if "stream_options" in said and "stream_options" in body:
        return _without(body, "stream_options")
    if "max_completion_tokens" in said and "max_tokens" in body:
        return _without(body, "max_tokens") | {"max_completion_tokens": body["max_tokens"]}
    if "temperature" in body and "temperature" in said and ("unsupported" in said or "not support" in said):
        return _without(body, "temperature")
    return None


def build(backend: Backend, path: str, body: Body | None = None, *, reply_key: str = "") -> httpx.Request:
    """Built without the client, so that it carries no cookie of an earlier answer.

    :raises httpx.InvalidURL, ValueError: the back end's settings make no request.
    """
    return httpx.Request(
        "GET" if body is None else "POST",
        httpx.URL(backend.base_url.rstrip("/") + path).copy_merge_params(dict(backend.query)),
        headers=_headers(backend, reply_key),
        content=None
        if body is None
        else json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace"),
        extensions={"timeout": httpx_timeout(backend.timeouts).as_dict()},
    )


def _shortened(body: Body) -> Body | None:
    """Without the older half of the conversation; the system's words stay."""
    messages = cast("list[dict[str, str]]", body["messages"])
    system = [message for message in messages if message["role"] == "system"]
    spoken = messages[len(system) :]
    kept = spoken[(len(spoken) + 1) // 2 :] if len(spoken) > 1 else []
    if kept and kept[0]["role"] == "assistant":
        kept = kept[1:]
    return body | {"messages": system + kept} if kept else None


def _without(body: Body, name: str) -> Body:
    return {key: value for key, value in body.items() if key != name}


def _headers(backend: Backend, reply_key: str) -> httpx.Headers:
    headers = httpx.Headers({"Accept": "text/event-stream", "Accept-Encoding": "identity"})
    headers["Content-Type"] = "application/json"
    headers["User-Agent"] = f"python-httpx/{httpx.__version__}"  # some gateways turn away who has none
    if key := backend.key.strip():
        headers["Authorization"] = f"Bearer {key}"
    if reply_key:
        headers["Idempotency-Key"] = reply_key
    headers.update(_attribution(backend))
    headers.update(dict(backend.headers))
    return headers


def _attribution(backend: Backend) -> dict[str, str]:
    host = httpx.URL(backend.base_url).host
    if host != "openrouter.ai" and not host.endswith(".openrouter.ai"):
        return {}
    named = {"HTTP-Referer": backend.attribution.site_url, "X-OpenRouter-Title": backend.attribution.site_name}
    return {name: value for name, value in named.items() if value}
