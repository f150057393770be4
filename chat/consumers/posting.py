"""What is said by sockets waits here while its room is written to, and is then stored together.

So a busy room holds one thread of the database and one connection, not all of them, and is locked once for many posts.
A room in which one speaks at a time waits for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from chat import limits
from chat.database import Together, in_database
from chat.exceptions import RateLimited
from chat.models import Room
from chat.services.posting import Words, post_together
from chat.services.storing import Posted

LONG = 2_000  # characters: what takes long to render goes by itself, and holds up nobody

Post = tuple[Room, Words]


async def post(room: Room, words: Words) -> Posted:
    """:raises ChatError: as ``post_message``. :raises RateLimited: they have said too much."""
    if len(words.text) > LONG:
        (found,) = await in_database(_store, [(room, words)])
        if isinstance(found, Exception):
            raise found
        return found
    return await POSTS.ask((room, words), place=room.pk)


def _store(posts: Sequence[Post]) -> list[Posted | Exception]:
    """All of one room."""
    room = posts[0][0]
    refusals = [_refusal(words) for _, words in posts]
    allowed = [words for (_, words), refusal in zip(posts, refusals, strict=True) if refusal is None]
    stored = iter(post_together(room, allowed) if allowed else ())
    return [next(stored) if refusal is None else refusal for refusal in refusals]


def _refusal(words: Words) -> RateLimited | None:
    """Counted before anything is locked."""
    try:
        limits.spend_write(words.author)
    except RateLimited as error:
        return error
    return None


POSTS: Together[Post, Posted] = Together(_store, most=32)
