"""The pages of a room, each message whole, by queries that are made once: what everybody looks at first. To find words
for the dozen tables of a message took the ORM a third of a page's time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from chat.models.attachments import Attachment
from chat.models.messages import PAGE_SIZE, Message, find_beside
from chat.models.rooms import Room
from chat.prepared import Given, PreparedAmong, PreparedWhole


def newest(room: Room) -> list[Message]:
    return _whole(NEWEST.instances(room=room.pk)[::-1])


def before(room: Room, sequence: int) -> list[Message]:
    return _whole(BEFORE.instances(room=room.pk, sequence=sequence)[::-1])


def after(room: Room, sequence: int) -> list[Message]:
    return _whole(AFTER.instances(room=room.pk, sequence=sequence))


def around(room: Room, sequence: int) -> list[Message]:
    first = sequence - PAGE_SIZE // 2  # sequences have no gaps
    return _whole(BETWEEN.instances(room=room.pk, first=first, end=first + PAGE_SIZE))


def changed_since(room: Room, revision: int, limit: int) -> list[Message] | None:
    """In the order of the changes, tombstones included; None if there are more.

    Which ones they are is asked first, of one table, and they are then found by nothing else: PostgreSQL cannot know
    how few are that new, and would read all replies beside them.
    """
    newer = Message.objects.in_room(room).changed_since(revision)
    changed = list(newer.values_list("pk", flat=True)[: limit + 1])
    return _whole(CHANGED.instances(changed)) if len(changed) <= limit else None


def _whole(messages: list[Message]) -> list[Message]:
    """With what one query of messages cannot read, as ``Message.objects.whole()`` has it."""
    _carry_files([message for message in messages if not (message.is_deleted or message.is_reply)])
    find_beside(messages)
    return messages


def _carry_files(messages: Sequence[Message]) -> None:
    files: defaultdict[int, list[Attachment]] = defaultdict(list)
    for file in FILES.instances([message.pk for message in messages]):
        files[file.message_id].append(file)
    for message in messages:
        for file in files[message.pk]:
            file.message = message
        message.carry(files[message.pk])


def _page(order: str, **bounds: Any) -> PreparedWhole:
    return PreparedWhole(
        lambda: Message.objects.whole().filter(room=Given("room"), **bounds).order_by(order)[:PAGE_SIZE]
    )


NEWEST = _page("-sequence")
BEFORE = _page("-sequence", sequence__lt=Given("sequence"))
AFTER = _page("sequence", sequence__gt=Given("sequence"))
BETWEEN = _page("sequence", sequence__gte=Given("first"), sequence__lt=Given("end"))
CHANGED = PreparedAmong(
    lambda among: Message.objects.whole().filter(pk__in=among).order_by("revision"), kind=PreparedWhole
)
FILES = PreparedAmong(lambda among: Attachment.objects.filter(message__in=among))
