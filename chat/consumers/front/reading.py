"""What a client of OpenAI's chat completions asks for. Keys we do not know are ignored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from chat.consumers.front.parts import cleaned, part_of
from chat.consumers.front.refusals import BadValue
from chat.consumers.front.wishes import wishes_in
from chat.providers import Document, Picture, Turn
from chat.services.completions import Wish

Role = Literal["system", "user", "assistant"]
ROLES: dict[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
MOST_MESSAGES = 5_000
MOST_TOKENS = 10_000_000


@dataclass(frozen=True, slots=True)
class Question:
    model: str
    wish: Wish
    is_stream: bool
    includes_usage: bool


def read(said: dict[str, Any]) -> Question:
    """:raises BadValue:"""
    model = said.get("model")
    if not isinstance(model, str) or not model:
        raise BadValue("model", "name one of GET /v1/models.")
    if said.get("n") not in (None, 1):
        raise BadValue("n", "one answer at a time.")
    options = said.get("stream_options") or {}
    if not isinstance(options, dict):
        raise BadValue("stream_options", "this must be an object.")
    is_stream, includes_usage = _flag(said, "stream"), _flag(options, "include_usage", "stream_options.")
    wish = Wish(
        turns=_turns(said.get("messages")),
        temperature=_temperature(said),
        max_tokens=_max_tokens(said),
        wishes=wishes_in(said),
    )
    return Question(model.casefold(), wish, is_stream, includes_usage)


def _flag(said: dict[str, Any], name: str, where: str = "") -> bool:
    value = said.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadValue(where + name, "true or false.")
    return value is True


def _temperature(said: dict[str, Any]) -> float | None:
    value = said.get("temperature")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 2:
        raise BadValue("temperature", "a number from 0 to 2.")
    return float(value)


def _max_tokens(said: dict[str, Any]) -> int | None:
    """The newer name wins."""
    for name in ("max_completion_tokens", "max_tokens"):
        value = said.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_TOKENS:
            raise BadValue(name, "a whole number from 1.")
        return value
    return None


def _turns(messages: Any) -> tuple[Turn, ...]:
    if not isinstance(messages, list) or not messages or len(messages) > MOST_MESSAGES:
        raise BadValue("messages", f"a list of 1 to {MOST_MESSAGES} messages.")
    turns = tuple(_turn(message, f"messages[{number}]") for number, message in enumerate(messages))
    if not any(turn.role != "system" and (turn.content.strip() or turn.pictures or turn.documents) for turn in turns):
        raise BadValue("messages", "nothing is asked.")
    return turns


def _turn(message: Any, where: str) -> Turn:
    if not isinstance(message, dict):
        raise BadValue(where, "this must be an object.")
    role = message.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise BadValue(f"{where}.role", f"one of {', '.join(ROLES)}; tools are not offered here.")
    content = message.get("content")
    if content is None:
        content = ""
    if isinstance(content, str):
        return Turn(ROLES[role], cleaned(content))
    if not isinstance(content, list):
        raise BadValue(f"{where}.content", "a text, or a list of parts.")
    parts = [part_of(part, f"{where}.content[{number}]") for number, part in enumerate(content)]
    text = "\n\n".join(part for part in parts if isinstance(part, str))
    pictures = tuple(part for part in parts if isinstance(part, Picture))
    return Turn(ROLES[role], text, pictures, tuple(part for part in parts if isinstance(part, Document)))
