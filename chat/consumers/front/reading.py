"""What a client of OpenAI's chat completions asks for. Keys we do not know are ignored."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Literal

from chat.consumers.front.refusals import BadValue
from chat.providers import Picture, Turn
from chat.services.completions import Wish

Role = Literal["system", "user", "assistant"]
ROLES: dict[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")
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
    wish = Wish(turns=_turns(said.get("messages")), temperature=_temperature(said), max_tokens=_max_tokens(said))
    return Question(model.casefold(), wish, said.get("stream") is True, options.get("include_usage") is True)


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
    if not any(turn.role != "system" and (turn.content.strip() or turn.pictures) for turn in turns):
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
        return Turn(ROLES[role], _clean(content))
    if not isinstance(content, list):
        raise BadValue(f"{where}.content", "a text, or a list of parts.")
    parts = [_part(part, f"{where}.content[{number}]") for number, part in enumerate(content)]
    text = "\n\n".join(part for part in parts if isinstance(part, str))
    return Turn(ROLES[role], text, tuple(part for part in parts if isinstance(part, Picture)))


def _part(part: Any, where: str) -> str | Picture:
    match part:
        case {"type": "text", "text": str(text)}:
            return _clean(text)
        case {"type": "refusal", "refusal": str(text)}:
            return _clean(text)
        case {"type": "image_url", "image_url": {"url": str(url)}}:
            return _picture(url, where)
    raise BadValue(where, "a part is a text, or a picture as image_url.")


def _picture(url: str, where: str) -> Picture:
    """In the request itself: we fetch nothing for anybody."""
    head, comma, encoded = url.partition(",")
    mime_type, _, encoding = head.removeprefix("data:").partition(";")
    if not head.startswith("data:") or not comma or encoding != "base64":
        raise BadValue(where, "send the picture itself: data:image/png;base64,…")
    if mime_type not in PICTURE_TYPES:
        raise BadValue(where, f"a picture is {', '.join(PICTURE_TYPES)}.")
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise BadValue(where, "this is not base64.") from None
    if not content:
        raise BadValue(where, "this picture is empty.")
    return Picture(mime_type, content)


def _clean(text: str) -> str:
    """Half a surrogate pair, which JSON can carry, is nothing that could be sent on."""
    return text.encode("utf-8", "replace").decode()
