"""Which messages are asked for: a page of history, or what changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chat import wire
from chat.exceptions import Invalid
from chat.models import Message, Room
from chat.models.reactions import find_reactors


@dataclass(frozen=True, slots=True)
class Bounds:
    """At most one of the three; none is the newest page."""

    before: int | None
    after: int | None
    since: int | None
    limit: int

    def require_one(self) -> None:
        """:raises Invalid:"""
        if sum(bound is not None for bound in (self.before, self.after, self.since)) > 1:
            raise Invalid("Give one of before, after and since.")


def page(room: Room, bounds: Bounds) -> dict[str, Any]:
    """The room was read before its messages: what comes in between is seen twice, not missed."""
    bounds.require_one()
    messages = Message.objects.in_room(room).select_related("author").with_files()
    if bounds.since is not None:
        return _changes(room, list(messages.changed_since(bounds.since)[: bounds.limit + 1]), bounds.limit)
    if bounds.after is not None:
        found = messages.after(bounds.after, bounds.limit + 1)
        return _answer(found[: bounds.limit], room.revision, more=len(found) > bounds.limit)
    earlier = messages if bounds.before is None else messages.filter(sequence__lt=bounds.before)
    found = earlier.newest(bounds.limit)
    return _answer(found, room.revision, more=bool(found) and found[0].sequence > 1)


def _changes(room: Room, found: list[Message], limit: int) -> dict[str, Any]:
    """In the order of the changes. With more to come, ``revision`` is where to go on, not where the room stands."""
    if len(found) <= limit:
        return _answer(found, room.revision, more=False)
    return _answer(found[:limit], found[limit - 1].revision, more=True)


def _answer(messages: list[Message], revision: int, *, more: bool) -> dict[str, Any]:
    find_reactors(messages)
    return {"messages": [wire.message(message) for message in messages], "revision": revision, "more": more}
