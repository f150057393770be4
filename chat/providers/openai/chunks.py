"""Reading one object of ``/chat/completions``. Every field may be missing, null or of any type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chat.providers.events import Usage
from chat.providers.jsontext import JSONObject, as_amount, as_count, as_list, as_object, as_text
from chat.providers.text import clean_line

LONGEST_NAME = 120
_PLAIN = frozenset(
    (
        "id",
        "object",
        "created",
        "model",
        "choices",
        "usage",
        "provider",
        "system_fingerprint",
        "service_tier",
        "obfuscation",
    )
)
_TEXTS = ("text", "output_text", None)  # what parts of words are called
_PLAIN_CHOICE = frozenset(("index", "delta", "finish_reason", "native_finish_reason", "logprobs"))
_PLAIN_DELTA = frozenset(("role", "content"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """``finish`` is the server's own word, "" included; None where it said nothing."""

    request_id: str = ""
    model: str = ""
    has_choice: bool = False
    is_message: bool = False
    text: str = ""
    thought: str = ""
    refusal: str = ""
    finish: str | None = None
    tools: tuple[str, ...] = ()
    usage: Usage | None = None


def read_chunk(parsed: JSONObject) -> Chunk:
    choice = _first_choice(parsed)
    delta = as_object(choice.get("delta")) or as_object(choice.get("message"))
    content = delta.get("content")
    finish = choice.get("finish_reason")
    return Chunk(
        request_id=clean_line(as_text(parsed.get("id")), LONGEST_NAME),
        model=clean_line(as_text(parsed.get("model")), LONGEST_NAME),
        has_choice=bool(choice),
        is_message=isinstance(choice.get("message"), dict),
        text=_text(content) or as_text(choice.get("text")),
        thought=_thought(delta) or "".join(_thinking_parts(content)),
        refusal=as_text(delta.get("refusal")),
        finish=finish if isinstance(finish, str) else None,
        tools=_tools(delta),
        usage=_usage(as_object(parsed.get("usage"))),
    )


def only_text_in(parsed: JSONObject) -> str | None:
    """What a chunk says that says nothing else, as nearly all do; None if there may be more to it."""
    choices = parsed.get("choices")
    if not isinstance(choices, list) or len(choices) != 1 or parsed.get("usage") or not parsed.keys() <= _PLAIN:
        return None
    choice = choices[0]
    if not isinstance(choice, dict) or not choice.keys() <= _PLAIN_CHOICE or choice.get("index") not in (0, None):
        return None
    delta = choice.get("delta")
    if choice.get("finish_reason") is not None or not isinstance(delta, dict) or not delta.keys() <= _PLAIN_DELTA:
        return None
    content = delta.get("content")
    return content if isinstance(content, str) else None


def _first_choice(parsed: JSONObject) -> JSONObject:
    choices = map(as_object, as_list(parsed.get("choices")))
    return next((choice for choice in choices if choice and choice.get("index") in (0, None)), {})


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return "".join(_text_of_part(part) for part in as_list(content))


def _text_of_part(part: object) -> str:
    if isinstance(part, str):
        return part
    part = as_object(part)
    return as_text(part.get("text")) if part.get("type") in _TEXTS else ""


def _thinking_parts(content: object) -> Iterator[str]:
    for part in map(as_object, as_list(content)):
        if part.get("type") == "thinking":
            yield _text(part.get("thinking"))


def _thought(delta: JSONObject) -> str:
    """Servers say the same thought under two or three names: the first one that says anything is enough."""
    thought = as_text(delta.get("reasoning_content")) or as_text(delta.get("reasoning"))
    details = map(as_object, as_list(delta.get("reasoning_details")))
    return thought or "".join(as_text(detail.get("text")) or as_text(detail.get("summary")) for detail in details)


def _tools(delta: JSONObject) -> tuple[str, ...]:
    """The name of each call, "" where only more of its arguments came."""
    calls = [as_object(call) for call in as_list(delta.get("tool_calls"))]
    named = [as_object(call.get("function")) for call in calls]
    if legacy := as_object(delta.get("function_call")):
        named.append(legacy)
    return tuple(clean_line(as_text(function.get("name")), LONGEST_NAME) for function in named)


def _usage(usage: JSONObject) -> Usage | None:
    if not usage:
        return None
    prompt, completion = as_count(usage.get("prompt_tokens")), as_count(usage.get("completion_tokens"))
    total = as_count(usage.get("total_tokens"))
    asked, answered = as_object(usage.get("prompt_tokens_details")), as_object(usage.get("completion_tokens_details"))
    cached = as_count(asked.get("cached_tokens"))
    return Usage(
        prompt=prompt,
        completion=_written(prompt, completion, total),
        total=total if total is not None or prompt is None or completion is None else prompt + completion,
        cost=as_amount(usage.get("cost")),
        reasoning=as_count(answered.get("reasoning_tokens")),
        cached=cached if cached is not None else as_count(usage.get("prompt_cache_hit_tokens")),
    )


def _written(prompt: int | None, completion: int | None, total: int | None) -> int | None:
    """Thoughts are paid for, too: Gemini and xAI count them in the total alone."""
    if prompt is None or completion is None or total is None:
        return completion
    return max(completion, total - prompt)
