"""Chunks and refusals in whatever shape a server gives them."""

from __future__ import annotations

import json
from typing import Any

from chat.providers import ProviderEvent, Started, Usage
from tests.fake_llm import JSON, Script, event

DONE = b"data: [DONE]\n\n"


def piece(delta: object = None, finish: object = None, /, **top: Any) -> bytes:
    """A chunk with any shape of delta, and with anything beside its choices."""
    choice = {"index": 0, "delta": delta if delta is not None else {}, "finish_reason": finish}
    return event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m", "choices": [choice], **top})


def says(text: str, **top: Any) -> bytes:
    return piece({"content": text}, **top)


def refusal(status: int, body: object, **headers: str) -> Script:
    return Script([json.dumps(body).encode()], status=status, content_type=JSON, headers=headers)


def usage_of(events: list[ProviderEvent]) -> Usage:
    return next(one for one in events if isinstance(one, Usage))


def started_of(events: list[ProviderEvent]) -> Started:
    return next(one for one in events if isinstance(one, Started))
