"""Who answers where an assistant cannot: the chain of ``fallback``, and the rows that say so. Blocks."""

from __future__ import annotations

from collections.abc import Sequence

from chat import events
from chat.models import Assistant, Attempt, Message, Reply, Room
from chat.providers import FailureKind
from chat.replies import ledger
from chat.replies.capacity import limit_of
from chat.replies.ledger import Lease


def next_stand_in(asked: Sequence[int], room_id: int) -> int | None:
    """The next in the chain behind the last one that was asked: nobody twice, and nobody who is silent in this room."""
    seen = set(asked)
    link = _link_from(asked[-1])
    while link is not None and link not in seen:
        seen.add(link)
        if _may_answer(link, room_id):
            return link
        link = _link_from(link)
    return None


def _link_from(assistant: int) -> int | None:
    """Nobody, where it was removed meanwhile."""
    return Assistant.objects.filter(pk=assistant).values_list("fallback", flat=True).first()


def hand_on(lease: Lease, to: Assistant, kind: FailureKind) -> bool:
    """The attempt is theirs now, and the room sees why. False if their back end writes as many replies as it may.

    :raises LeaseLost:
    """
    with events.changing(lease.room_id) as room:
        limit = limit_of(to)
        if limit is not None and not limit.has_room(held_by=lease.reply_id):
            return False
        ledger.hold(lease)
        own = Reply.objects.filter(pk=lease.reply_id, assistant=to).exists()
        Attempt.objects.filter(reply=lease.reply_id, number=lease.attempt).update(
            answered_by=None if own else to, fallback_kind=str(kind), model=to.model
        )
        if not lease.begun:  # words that are shown already would be taken away
            _tell(room, lease)
    return True


def _may_answer(assistant: int, room_id: int) -> bool:
    enabled = Assistant.objects.enabled().filter(pk=assistant)
    return enabled.exclude(
        user__memberships__in=Room.objects.get(pk=room_id).memberships.filter(is_silent=True)
    ).exists()


def _tell(room: Room, lease: Lease) -> None:
    message = Message.objects.whole().get(pk=lease.message_id)
    message.room, message.revision = room, room.take_revision()
    message.save(update_fields=["revision"])
    room.keep()
    message.text = message.html = ""  # of an earlier attempt: this one has no words yet
    events.after_commit(events.message_updated, message)
