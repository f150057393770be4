"""Replies on their way, as a page would show them: so that whoever comes late is shown the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from chat import frames, markup
from chat.frames import Frame
from chat.models import Attempt, Message, Reply
from chat.replykeys import checkpoint_key, growth_key, thought_key

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
    thoughts: list[str] = field(default_factory=list)
    thought_sequence: int = 0
    thinking_since: float = 0.0  # by the monotonic clock
    thought_seconds: float | None = None  # known with the first word
    is_shown: bool = True  # else its beginning waits for the message it belongs to, and so do its words
    _frame: tuple[int, Frame] | None = None

    def __post_init__(self) -> None:
        self.length = sum(map(len, self.contents))

    @property
    def stands_at(self) -> tuple[int, int, int]:
        return self.attempt, self.sequence, self.thought_sequence

    def has(self, growth: Mapping[str, Any]) -> bool:
        stands_at = self.thought_sequence if growth["kind"] == "reasoning" else self.sequence
        return (growth["attempt"], growth["sequence"]) <= (self.attempt, stands_at)

    def is_over_by(self, end: Mapping[str, Any]) -> bool:
        return bool(end["message"] == self.message and end["attempt"] >= self.attempt)

    def apply(self, growth: Mapping[str, Any]) -> bool:
        """Take the next frame; False if it is not the next one."""
        if growth["attempt"] != self.attempt:
            return False
        return self._think(growth) if growth["kind"] == "reasoning" else self._grow(growth)

    def _think(self, growth: Mapping[str, Any]) -> bool:
        if growth["sequence"] != self.thought_sequence + 1:
            return False
        self.thought_sequence += 1
        if not growth["start"]:
            self.thoughts.clear()
        self.thinking_since = self.thinking_since or time.monotonic()
        self.thoughts.append(growth["content"])
        return True

    def _grow(self, growth: Mapping[str, Any]) -> bool:
        if growth["sequence"] != self.sequence + 1:
            return False
        self.sequence += 1
        if self.thinking_since and self.thought_seconds is None:
            self.thought_seconds = time.monotonic() - self.thinking_since
        if growth.get("is_anew"):
            self.contents.clear()
            self.blocks.clear()
            self.length, self.anew_at = 0, self.sequence  # what it thought is told anew right behind this, if anything
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

    def think_of(self, reasoning: str, sequence: int, attempt: Attempt) -> None:
        """What it has thought up to a checkpoint."""
        self.thoughts, self.thought_sequence = [reasoning] if reasoning else [], sequence
        if attempt.first_reasoning_at:
            age = (timezone.now() - attempt.first_reasoning_at).total_seconds()
            self.thinking_since = time.monotonic() - max(0.0, age)
        if attempt.first_token_at:
            self.thought_seconds = attempt.thought_seconds

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

    def snapshot(self) -> list[Frame]:
        """Everything that whoever comes now has to be shown."""
        return [self.start_frame(), *self._thought_frames()]

    def _thought_frames(self) -> list[Frame]:
        if not self.thoughts:
            return []
        whole, seconds = "".join(self.thoughts), self.thought_seconds
        age = 0 if seconds is not None else round(time.monotonic() - self.thinking_since)
        sequence = self.thought_sequence
        return [frames.reply_thought(self.message, self.attempt, sequence, whole, seconds=seconds, age=age)]

    def place(self, piece: Mapping[str, Any]) -> None:
        index = piece["index"]
        while len(self.blocks) <= index:
            self.blocks.append({"index": len(self.blocks), "html": "", "is_open": True, "tail": "", "joints": ()})
        if piece["html"] is not None:
            joints = piece.get("joints", ())  # a process of an earlier version knows of none, nor of parts
            html, is_open = piece["html"], piece["is_open"]
            self.blocks[index] = {"index": index, "html": html, "is_open": is_open, "tail": "", "joints": joints}
        elif piece.get("children"):
            _patch(self.blocks[index], piece["position"], piece["children"])
        else:
            self.blocks[index]["tail"] += piece["text"]


def _patch(block: dict[str, Any], position: int, children: Sequence[str]) -> None:
    """Where the block is not what the part is of, it is put right by its end."""
    joints = block["joints"]
    if position >= len(joints):
        return
    start, end = joints[position], joints[-1]
    block["html"] = f"{block['html'][:start]}{''.join(children)}{block['html'][end:]}"
    block["joints"] = (*joints[:position], *accumulate(map(len, children), initial=start))
    block["tail"] = ""


def load_running(room_id: int) -> list[Running]:
    """What is being written in a room now: from the newest checkpoint, and the frames kept after it. Blocks."""
    replies = Reply.objects.running(Message.Status.STREAMING, room=room_id)
    replies = replies.select_related("assistant__user", "current")
    return [_load(reply, reply.current) for reply in replies if reply.current is not None]


def _load(reply: Reply, attempt: Attempt) -> Running:
    text, sequence = attempt.text, attempt.token_sequence
    reasoning, thought_sequence = attempt.reasoning, 0
    if cached := cache.get(checkpoint_key(reply.message_id, attempt.number)):
        text, sequence = max((text, sequence), cached[:2], key=lambda point: point[1])
        reasoning, thought_sequence = cached[2:]
    running = Running(
        reply.message_id, attempt.number, reply.assistant.slug, reply.prompt_id, sequence, [text] if text else []
    )
    growing = markup.Growing()
    growing.feed(text)
    for piece in growing.snapshot():
        if isinstance(piece, markup.Block):
            html, joints = piece.html, piece.joints
            running.place({"index": piece.index, "html": html, "is_open": piece.is_open, "joints": joints})
        elif isinstance(piece, markup.Tail):  # as it stands nothing comes in parts
            running.place({"index": piece.index, "html": None, "text": piece.text})
    running.think_of(reasoning, thought_sequence, attempt)
    for growth in [*_kept_after(thought_key, running, thought_sequence), *_kept_after(growth_key, running, sequence)]:
        running.apply(growth)
    return running


def _kept_after(key_of: Callable[[int, int, int], str], running: Running, sequence: int) -> list[Mapping[str, Any]]:
    keys = [key_of(running.message, running.attempt, number) for number in range(sequence + 1, sequence + AHEAD)]
    found = cache.get_many(keys)
    return [found[key] for key in keys if key in found]
