"""Replies that stay as they are for a day, one of each kind that runs: for looking at, and for pictures."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chat.demo import answering
from chat.demo.conversations.held import LINES, ROOM, WRITTEN
from chat.demo.household import Household
from chat.demo.staging import client_id, replies_to
from chat.models import Attempt, Message, Reply, Room
from chat.services.messages import post_message

FAR_AWAY = "lighthouse.harbour.example:1:demo"  # no process of this host, so nobody takes its leases before their end
HELD_FOR = timedelta(days=1)


def hold(people: Household, now: datetime) -> int:
    """How many messages were added. Again it adds nothing, and the day begins anew for what is still held."""
    with transaction.atomic():
        room = Room.objects.get(slug=ROOM)
        count = sum(_ask(room, people, number, now) for number in range(len(LINES)))
        _held().update(lease_expires_at=timezone.now() + HELD_FOR)
    return count


def _held() -> QuerySet[Reply]:
    return Reply.objects.filter(lease_owner=FAR_AWAY, is_open=True)


def _ask(room: Room, people: Household, number: int, now: datetime) -> int:
    line = LINES[number]
    message, is_new = post_message(
        room=room, author=people[line.by], text=line.text, client_id=client_id("held", number)
    )
    if not is_new:
        return 0
    at = now - timedelta(minutes=line.after)
    replies = replies_to(message)
    Message.objects.filter(pk__in=[message.pk, *(reply.message_id for reply in replies)]).update(created_at=at)
    for reply in replies:
        _keep(reply, at)
    return 1 + len(replies)


def _keep(reply: Reply, at: datetime) -> None:
    """Writing if there is something written, thinking if there is nothing; whoever is not in the script waits."""
    written = WRITTEN.get(reply.assistant.slug)
    if written is None:
        Reply.objects.filter(pk=reply.pk).update(lease_owner=FAR_AWAY, created_at=at)
        return
    lease = answering.take(reply.message, FAR_AWAY)
    first_token_at = at + timedelta(seconds=1) if written else None
    answering.write(lease, written, first_token_at)
    Reply.objects.filter(pk=reply.pk).update(created_at=at)
    Attempt.objects.filter(reply=reply).update(started_at=at)
