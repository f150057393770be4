"""What a script is made of: rooms, scenes, lines, and what assistants answer. Values only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from inspect import cleandoc
from typing import Any

Moment = Callable[[datetime], datetime]
SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One attempt of an assistant; ``earlier`` are the attempts before it. ``waits``: seconds to the first token."""

    text: str = ""
    status: str = "complete"
    finish: str = "stop"
    reasoning: str = ""
    waits: float = 0.4
    error: str = ""
    error_detail: str = ""
    stopped_by: str = ""
    earlier: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something said, ``after`` so many minutes. ``key`` is for others to quote it by; ``draft`` is what stood there
    before it was edited; ``files`` are names of those in ``drawing.py``; ``reactions`` are an emoji and who gave it,
    in a line each. An assistant that is addressed needs an
    answer, in the order in which they are named."""

    by: str
    text: str
    after: float = 1
    key: str = ""
    quotes: str = ""
    draft: str = ""
    is_deleted: bool = False
    files: tuple[str, ...] = ()
    reactions: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    begins: Moment
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    name: str
    display_name: str
    emoji: str
    tint: int
    time_zone: str
    kind: str = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A room, or with ``direct`` the one of these people; with ``chat`` its first member's chat with this assistant.

    ``unread`` counts what the viewer has not seen of it.
    """

    slug: str = ""
    name: str = ""
    topic: str = ""
    kind: str = "public"
    members: tuple[str, ...] = ()
    direct: tuple[str, ...] = ()
    chat: str = ""
    scenes: tuple[Scene, ...] = ()
    unread: int = 0
    is_archived: bool = False

    @property
    def key(self) -> str:
        return self.slug or "+".join(self.direct)


def say(by: str, text: str, *answers: Answer, **given: Any) -> Line:
    return Line(by=by, text=cleandoc(text), answers=answers, **given)


def answer(text: str = "", **given: Any) -> Answer:
    return Answer(text=cleandoc(text), **given)


def on(workdays_ago: int, clock: str) -> Moment:
    """At this time (UTC) of an earlier day on which people work. Not after 19:00, so that it is before ``ago()``."""
    hour, minute = map(int, clock.split(":"))

    def moment(now: datetime) -> datetime:
        return _workday(now, workdays_ago).replace(hour=hour, minute=minute, second=0, microsecond=0)

    return moment


def ago(minutes: int) -> Moment:
    """Today, up to five hours ago: it may still have been yesterday then."""
    return lambda now: now - timedelta(minutes=minutes)


def _workday(day: datetime, ago: int) -> datetime:
    while ago:
        day -= timedelta(days=1)
        ago -= day.weekday() < SATURDAY
    return day
