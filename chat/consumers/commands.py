"""What a client may say over its socket: shape and limits. What it means is the consumer's and the services'."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chat.exceptions import ChatError

MAX_ID = 2**63 - 1
MOST_SEEN_MS = 60_000
MOST_REPEATED = 64  # characters of a client id that is none


class BadCommand(ChatError):
    """Not a command. ``client_id`` is repeated where there is one, so that the sender knows which message it was."""

    code = "bad_request"

    def __init__(self, text: str, client_id: str = "", code: str = "bad_request") -> None:
        super().__init__(text)
        self.code = code
        self.client_id = client_id


@dataclass(frozen=True, slots=True)
class Command:
    kind: str
    fields: dict[str, Any] = field(default_factory=dict)
    client_id: str = ""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")  # noqa: TRY004 - one kind of refusal for all readers
    return value


def _optional_text(value: Any) -> str:
    return "" if value is None else _text(value)


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_ID:
        raise ValueError("a number")
    return value


def _optional_number(value: Any) -> int | None:
    return None if value is None else _number(value)


def _seen_ms(value: Any) -> int | None:
    """A figure of the page's, for the operator: whatever it is, it refuses no message."""
    return value if type(value) is int and 0 <= value <= MOST_SEEN_MS else None


def _tally(value: Any) -> int | None:
    """What the page's list of rooms was drawn with; without it nobody looks whether that is so still."""
    return value if type(value) is int and 0 <= value <= MAX_ID else None


def _client_id(value: Any) -> UUID | None:
    if value is None:
        return None
    try:
        return UUID(_text(value))
    except ValueError:
        raise ValueError("a UUID") from None


# type -> field -> (reader, required)
SHAPES: dict[str, dict[str, tuple[Any, bool]]] = {
    "message.send": {
        "text": (_text, True),
        "client_id": (_client_id, False),
        "reply_to": (_optional_number, False),
        "seen_ms": (_seen_ms, False),
    },
    "message.edit": {"id": (_number, True), "text": (_text, True)},
    "message.delete": {"id": (_number, True)},
    "reaction.toggle": {"id": (_number, True), "emoji": (_text, True)},
    "reply.stop": {"id": (_number, True)},
    "reply.retry": {"id": (_number, True), "assistant": (_optional_text, False)},
    "reply.continue": {"id": (_number, True)},
    "typing": {},
    "read": {"sequence": (_number, True)},
    "sync": {"since": (_number, True), "tally": (_tally, False)},
}


def parse(text: str | None) -> Command:
    """:raises BadCommand: broken JSON, an unknown type, a wrong or missing field. Extra keys are ignored."""
    if text is None:
        raise BadCommand("Binary frames are not understood here; send JSON as text.")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise BadCommand("This is not JSON.") from None
    if not isinstance(said, dict):
        raise BadCommand("A command is a JSON object.")
    client_id = _repeated(said.get("client_id"))
    kind = said.get("type")
    if not isinstance(kind, str) or kind not in SHAPES:
        raise BadCommand("There is no command of this type.", client_id, "unknown_type")
    fields = {name: _read(said, name, *shape, client_id) for name, shape in SHAPES[kind].items()}
    return Command(kind, fields, client_id)


def _repeated(client_id: Any) -> str:
    """In the one form of a UUID; what is none as it was sent, if it is short and can be sent back."""
    if not isinstance(client_id, str) or len(client_id) > MOST_REPEATED:
        return ""
    try:
        return str(UUID(client_id))
    except ValueError:
        return client_id if _is_whole(client_id) else ""


def _is_whole(text: str) -> bool:
    """JSON may name half a character, which no frame can hold."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _read(said: dict[str, Any], name: str, reader: Any, required: bool, client_id: str) -> Any:
    if required and name not in said:
        raise BadCommand(f"{name} is missing.", client_id, "invalid")
    try:
        return reader(said.get(name))
    except ValueError as error:
        raise BadCommand(f"{name} must be {error}.", client_id, "invalid") from None
