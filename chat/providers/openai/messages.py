"""The conversation as this wire wants it: roles in turn, pictures beside the words, and an answer that was begun."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal

from chat.providers.base import Picture, Turn

Message = dict[str, object]
Prefill = Literal["", "last", "prefix", "continue"]

GO_ON = (
    "Your answer above broke off. Go on exactly where it ended, in the middle of a word if need be: repeat nothing, "
    "and say nothing about the interruption."
)
_OMITTED = Turn("user", "(The conversation so far is longer than what follows.)")


def messages_from(turns: Iterable[Turn]) -> list[Message]:
    """The system's words once and first, then user and assistant in turn, the user first.

    Many local chat templates fail on anything else.
    """
    said = [turn for turn in turns if turn.content.strip() or turn.pictures]
    system = [turn for turn in said if turn.role == "system"]
    spoken = [turn for turn in said if turn.role != "system"]
    if spoken and spoken[0].role == "assistant":
        spoken.insert(0, _OMITTED)
    groups = groupby(system + spoken, key=lambda turn: turn.role)
    return [{"role": role, "content": _content(list(group))} for role, group in groups]


def with_beginning(turns: Sequence[Turn], begun: str, prefill: Prefill) -> list[Message]:
    """What is to be gone on with: as the last turn where the back end writes on from there, else by asking."""
    if not begun.strip():
        return messages_from(turns)
    if not prefill:
        return messages_from((*turns, Turn("assistant", begun), Turn("user", GO_ON)))
    messages = messages_from((*turns, Turn("assistant", begun.rstrip())))  # some refuse white space at the end
    if prefill == "prefix":
        messages[-1]["prefix"] = True
    return messages


def _content(turns: list[Turn]) -> str | list[Message]:
    text = "\n\n".join(turn.content for turn in turns if turn.content.strip())
    pictures = [picture for turn in turns if turn.role == "user" for picture in turn.pictures]
    if not pictures:
        return text
    words: list[Message] = [{"type": "text", "text": text}] if text else []
    return [*words, *map(_part, pictures)]


def _part(picture: Picture) -> Message:
    """In the message itself: the back end cannot fetch what only members may see."""
    encoded = base64.b64encode(picture.content).decode("ascii")
    return {"type": "image_url", "image_url": {"url": f"data:{picture.mime_type};base64,{encoded}"}}
