"""The system's words: the assistant's prompt with the room's facts filled in, and what the room itself adds. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chat.replies.framing import INDENT, NOTE, indented, one_line, plain

DEFAULT = (
    "You are {assistant}, an assistant on {site}, {where}. "
    "Answer in Markdown, in the language you are asked in, and to the point."
)
MOST_MEMBERS = 50
MEMBERS = "{members}"

_PLACEHOLDER = re.compile(r"\{(room|topic|date|members)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and when an assistant is asked."""

    room: str
    topic: str
    date: date
    members: Sequence[str]
    instructions: str = ""


def system_prompt(prompt: str, place: Place) -> str:
    """What the room adds is indented: an app that gets all of it as one text finds no speaker in it either."""
    instructions = indented(plain(place.instructions).strip())
    added = [f"In this room you are asked besides:\n{INDENT}{instructions}"] if instructions else []
    return "\n\n".join([filled_in(prompt, place).strip(), *added, NOTE])


def filled_in(prompt: str, place: Place) -> str:
    """Known placeholders only, in one go: what a topic contains is not filled in again."""
    values = {
        "room": one_line(place.room),
        "topic": one_line(place.topic),
        "date": f"{place.date:%A}, {place.date.isoformat()}",
        "members": _listed(place.members),
    }
    return _PLACEHOLDER.sub(lambda found: values[found[1]], prompt)


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - MOST_MEMBERS
    return ", ".join(names[:MOST_MEMBERS]) + (f" and {rest} more" if rest > 0 else "")
