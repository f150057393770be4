"""The one way from the event loop to the database."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, ParamSpec, TypeVar

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, connections

log = structlog.get_logger(__name__)

# It does not answer: nobody knows what it has taken. Or it answers to whatever is asked that it cannot now: PostgreSQL
# says so where a session is read-only, or was ended because it stood still in a transaction.
AWAY = (OperationalError, InterfaceError, InternalError)
FAILED = (DatabaseError, InterfaceError)  # whatever it raises: the second is none of the first

P = ParamSpec("P")
T = TypeVar("T")
Question = TypeVar("Question")
Answer = TypeVar("Answer")


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking code on a worker thread of this loop.

    Not on the one thread that thread-sensitive calls share (one slow query of anybody would delay everybody), and with
    connections given back afterwards, which plain ``sync_to_async`` does not do.
    """
    result: T = await database_sync_to_async(function, thread_sensitive=False)(*args, **kwargs)
    return result


def give_line_back() -> None:
    """Before something that takes a while and asks nothing: a process has only so many lines to PostgreSQL, and a
    request keeps its own until its answer is taken to the last byte."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


@dataclass(frozen=True, slots=True)
class Asked(Generic[Question, Answer]):
    question: Question
    answer: asyncio.Future[Answer]


@dataclass(slots=True)
class Line(Generic[Question, Answer]):
    """Who waits, and how many of its lanes are answering."""

    waiting: list[Asked[Question, Answer]] = field(default_factory=list)
    open_lanes: int = 0


class Together(Generic[Question, Answer]):
    """What many ask at once is answered in one go: who asks while all lanes are busy waits, and is then asked for
    together with whoever else does. Where one asks at a time, nobody waits for anything.

    Threads that each do a little take the interpreter from each other and from the loop, which costs more than what
    they do.

    :param answer: blocks; for each question what is answered or raised, in their order.
    """

    def __init__(
        self, answer: Callable[[Sequence[Question]], Sequence[Answer | Exception]], *, most: int, lanes: int = 1
    ) -> None:
        self._answer, self._most, self._lanes = answer, most, lanes
        self._lines: dict[Hashable, Line[Question, Answer]] = {}  # where somebody is answered
        self._working: set[asyncio.Task[None]] = set()

    async def ask(self, question: Question, *, place: Hashable = None) -> Answer:
        """:param place: has a line of its own. Those who leave it do not hold up the others, and have been heard."""
        loop = asyncio.get_running_loop()
        line = self._lines.setdefault((loop, place), Line())
        asked: Asked[Question, Answer] = Asked(question, loop.create_future())
        line.waiting.append(asked)
        if line.open_lanes < self._lanes:
            line.open_lanes += 1
            # By a task of its own, in a context of its own: the first one may leave, the others still wait.
            lane = loop.create_task(self._serve((loop, place), line), context=contextvars.Context())
            self._working.add(lane)
            lane.add_done_callback(self._working.discard)
        return await asked.answer

    async def _serve(self, place: Hashable, line: Line[Question, Answer]) -> None:
        try:
            while line.waiting:
                served, line.waiting = line.waiting[: self._most], line.waiting[self._most :]
                _tell(served, await self._answers([asked.question for asked in served]))
        finally:
            line.open_lanes -= 1
            if not line.open_lanes:
                del self._lines[place]

    async def _answers(self, questions: Sequence[Question]) -> Sequence[Answer | Exception]:
        try:
            return await in_database(self._answer, questions)
        except AWAY as error:
            return [error] * len(questions)
        except Exception as error:  # noqa: BLE001 - of one of them; each by itself finds out whose
            if len(questions) == 1:
                return [error]
            log.warning("asked_apart", reason=type(error).__name__)
            return [answer for question in questions for answer in await self._answers([question])]


def _tell(served: Sequence[Asked[Question, Answer]], answers: Sequence[Answer | Exception]) -> None:
    for asked, answer in zip(served, answers, strict=True):
        if asked.answer.done():  # given up
            continue
        if isinstance(answer, Exception):
            asked.answer.set_exception(answer)
        else:
            asked.answer.set_result(answer)
