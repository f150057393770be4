"""What is said by sockets waits here while its room is written to, and is then stored together.

So a busy room holds one thread of the database and one connection, not all of them, and is locked once for many posts.
A room in which one speaks at a time waits for nothing.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Sequence
from dataclasses import dataclass

from chat import limits
from chat.database import in_database
from chat.exceptions import RateLimited
from chat.models import Room
from chat.services.messages import Posted
from chat.services.posting import Words, post_together

TOGETHER = 32
LONG = 2_000  # characters: what takes long to render goes by itself, and holds up nobody

Place = tuple[asyncio.AbstractEventLoop, int]  # a room, and the loop on which its line is


@dataclass(frozen=True, slots=True)
class Waiting:
    words: Words
    answer: asyncio.Future[Posted]


_lines: dict[Place, list[Waiting]] = {}  # of the rooms that are written to
_working: set[asyncio.Task[None]] = set()


async def post(room: Room, words: Words) -> Posted:
    """:raises ChatError: as ``post_message``. :raises RateLimited: they have said too much."""
    if len(words.text) > LONG:
        return answer_of(*await in_database(_store, room, [words]))
    loop = asyncio.get_running_loop()
    waiting = Waiting(words, loop.create_future())
    if line := _lines.get((loop, room.pk)):
        line.append(waiting)
    else:
        _begin((loop, room.pk), room, waiting)
    return await waiting.answer


def _begin(place: Place, room: Room, first: Waiting) -> None:
    """By a task of its own: the first one may leave, the others still wait."""
    _lines[place] = [first]
    task = place[0].create_task(_work(place, room), context=contextvars.Context())
    _working.add(task)
    task.add_done_callback(_working.discard)


async def _work(place: Place, room: Room) -> None:
    """The line begins with those who are being served."""
    line = _lines[place]
    try:
        while line:
            served = line[:TOGETHER]
            _answer(served, await _stored(room, served))
            del line[: len(served)]
    finally:
        del _lines[place]


async def _stored(room: Room, served: Sequence[Waiting]) -> Sequence[Posted | Exception]:
    try:
        return await in_database(_store, room, [each.words for each in served])
    except Exception as error:  # noqa: BLE001 - the database is away: that is the answer for each of them
        return [error] * len(served)


def _answer(served: Sequence[Waiting], stored: Sequence[Posted | Exception]) -> None:
    for each, found in zip(served, stored, strict=True):
        if each.answer.done():  # given up
            continue
        if isinstance(found, Exception):
            each.answer.set_exception(found)
        else:
            each.answer.set_result(found)


def answer_of(found: Posted | Exception) -> Posted:
    if isinstance(found, Exception):
        raise found
    return found


def _store(room: Room, said: Sequence[Words]) -> list[Posted | Exception]:
    refusals = [_refusal(words) for words in said]
    allowed = [words for words, refusal in zip(said, refusals, strict=True) if refusal is None]
    stored = iter(post_together(room, allowed) if allowed else ())
    return [next(stored) if refusal is None else refusal for refusal in refusals]


def _refusal(words: Words) -> RateLimited | None:
    """Counted before anything is locked."""
    try:
        limits.spend_write(words.author)
    except RateLimited as error:
        return error
    return None
