"""OpenAI's objects."""

from __future__ import annotations

import secrets
import time
from typing import Any

from django.conf import settings

from chat.models import Assistant
from chat.providers import Usage

FINISHES = {"length": "length", "content_filter": "content_filter"}  # everything else: stop


class Shapes:
    """Of one answer: all of its objects carry the same id."""

    def __init__(self, model: str) -> None:
        self.id = f"chatcmpl-{secrets.token_hex(12)}"
        self.model = model
        self._created = int(time.time())

    def completion(self, text: str, reasoning: str, finish: str, used: Usage) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
        if reasoning:
            message["reasoning_content"] = reasoning
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_of(finish)}
        return {**self._head("chat.completion"), "choices": [choice], "usage": usage_json(used)}

    def chunk(self, finish: str | None = None, /, **delta: Any) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish and finish_of(finish)}
        return {**self._head("chat.completion.chunk"), "choices": [choice]}

    def usage_chunk(self, used: Usage) -> dict[str, Any]:
        return {**self._head("chat.completion.chunk"), "choices": [], "usage": usage_json(used)}

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self._created, "model": self.model}


def model_json(assistant: Assistant) -> dict[str, Any]:
    return {
        "id": assistant.slug,
        "object": "model",
        "created": int(assistant.created_at.timestamp()),
        "owned_by": settings.SITE_NAME,
    }


def usage_json(used: Usage) -> dict[str, Any]:
    told: dict[str, Any] = {
        "prompt_tokens": used.prompt,
        "completion_tokens": used.completion,
        "total_tokens": used.total,
    }
    if used.reasoning is not None:
        told["completion_tokens_details"] = {"reasoning_tokens": used.reasoning}
    if used.cached is not None:
        told["prompt_tokens_details"] = {"cached_tokens": used.cached}
    return told


def finish_of(finish: str) -> str:
    return FINISHES.get(finish, "stop")
