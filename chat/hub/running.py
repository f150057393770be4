"""Replies on their way, as a page would show them: so that whoever comes late is shown the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache

from chat import frames, markup
from chat.frames import Frame
from chat.models import Attempt, Message, Reply
from chat.replykeys import checkpoint_key, growth_key

AHEAD = 200  # frames looked for after a checkpoint: ten seconds of them, and a checkpoint comes each second


@dataclass(slots=True)
class Running:
    """One attempt at the frame ``sequence``. Growths are applied as the page applies them: nothing is rendered here."""

    message: int
    attempt: int
    assistant: str
    prompt: int
    sequence: int = 0
    contents: list[str] = field(default_factory=list)
    blocks: list[dict[str, Any]] = field(default_factory=list)
    length: int = 0  # of all contents together
    anew_at: int = 0  # the frame at which everything shown before gave way
    _frame: tuple[int, Frame] | None = None

    def __post_init__(self) -> None:
        self.length = sum(map(len, self.contents))

    def apply(self, growth: Mapping[str, Any]) -> bool:
        """Take the next frame; False if it is not the next one."""
        if growth["attempt"] != self.attempt or growth["sequence"] != self.sequence + 1:
            return False
        self.sequence += 1
        if growth.get("is_anew"):
            self.contents.clear()
            self.blocks.clear()
            self.length, self.anew_at = 0, self.sequence
        self.contents.append(growth["content"])
        self.length += len(growth["content"])
        for piece in growth["pieces"]:
            self.place(piece)
        return True

    def text_after(self, length: int) -> str:
        """What follows the first so many characters; costs what it returns, not what there is."""
        tail: list[str] = []
        missing = self.length - length
        for content in reversed(self.contents):
            if missing <= 0:
                break
            tail.append(content[-missing:])
            missing -= len(content)
        return "".join(reversed(tail))

    def start_frame(self) -> Frame:
        """``control`` ``start`` with everything so far; built once for however many come at this moment."""
        if self._frame is None or self._frame[0] != self.sequence:
            frame = frames.reply_started(
                self.message,
                self.attempt,
                self.sequence,
                assistant=self.assistant,
                prompt=self.prompt,
                content="".join(self.contents),
                blocks=self.blocks,
            )
            self._frame = self.sequence, frame
        return self._frame[1]

    def place(self, piece: Mapping[str, Any]) -> None:
        index = piece["index"]
        while len(self.blocks) <= index:
            self.blocks.append({"index": len(self.blocks), "html": "", "is_open": True, "tail": ""})
        if piece["html"] is None:
            self.blocks[index]["tail"] += piece["text"]
        else:
            self.blocks[index] = {"index": index, "html": piece["html"], "is_open": piece["is_open"], "tail": ""}


def load_running(room_id: int) -> list[Running]:
    """What is being written in a room now: from the newest checkpoint, and the frames kept after it. Blocks."""
    replies = Reply.objects.filter(
        is_open=True, message__room=room_id, message__status=Message.Status.STREAMING
    ).select_related("assistant__user", "current")
    return [_load(reply, reply.current) for reply in replies if reply.current is not None]


def _load(reply: Reply, attempt: Attempt) -> Running:
    text, sequence = attempt.text, attempt.token_sequence
    cached = cache.get(checkpoint_key(reply.message_id, attempt.number))
    if cached and cached[1] > sequence:
        text, sequence = cached
    running = Running(
        reply.message_id, attempt.number, reply.assistant.slug, reply.prompt_id, sequence, [text] if text else []
    )
    growing = markup.Growing()
    growing.feed(text)
    for piece in growing.snapshot():
        if isinstance(piece, markup.Block):
            running.place({"index": piece.index, "html": piece.html, "is_open": piece.is_open})
        else:
            running.place({"index": piece.index, "html": None, "text": piece.text})
    for growth in _kept_after(reply.message_id, attempt.number, sequence):
        running.apply(growth)
    return running


def _kept_after(message: int, attempt: int, sequence: int) -> list[Mapping[str, Any]]:
    keys = [growth_key(message, attempt, number) for number in range(sequence + 1, sequence + AHEAD)]
    found = cache.get_many(keys)
    return [found[key] for key in keys if key in found]
