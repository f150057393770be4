"""The rows of a reply that is being written. Every write holds the fence: this owner, this attempt.

All of these block, and run on a database thread. What the writer loses is decided here: ``LeaseLost`` means that the
reply belongs to somebody else, and nothing was written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from chat import events, markup, usage
from chat.database import FAILED
from chat.models import Attempt, Message, RemoteConversation, Reply
from chat.models.replies import MAX_TAKEOVERS, lease_end
from chat.prepared import instance_of
from chat.replies.capacity import BackEnd, next_in_line
from chat.replies.outcomes import CRASHED, Outcome
from chat.replies.owner import host_prefix, is_dead
from chat.replies.statements import ATTEMPT, BEGUN, CLAIMED, CLOSED, CURRENT, ENDED, HELD, STREAMING, WHOLE
from chat.replies.takeover import take
from chat.replies.tokens import tokens_in

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class LeaseLost(Exception):
    """Somebody else writes this reply now, or nobody should."""


@dataclass(frozen=True, slots=True)
class Lease:
    reply_id: int
    message_id: int
    room_id: int
    prompt_id: int
    assistant: str
    owner: str
    attempt: int
    is_takeover: bool = False  # whoever wrote it before let the lease run out
    is_exhausted: bool = False  # taken over too often: it only remains to say so
    is_stop_wanted: bool = False  # since before it was handed on
    begun: str = field(default="", repr=False)  # where this attempt goes on
    revision: int = 0  # of its message: how the room knows it
    attempt_id: int = 0  # its row

    @property
    def is_to_be_asked(self) -> bool:
        """Or else it only remains to say how it ended."""
        return not (self.is_exhausted or self.is_stop_wanted)


def claim(owner: str, limit: int, unanswered: Callable[[], None] = lambda: None) -> list[Lease]:
    """Take up to ``limit`` replies that nobody writes, in the order of their lines. ``unanswered`` is called where the
    database went away before the last: it may have given one more than it has told."""
    taken: list[Lease] = []
    try:
        for reply_id, back_end in next_in_line(limit):
            if (lease := _claim_one(owner, reply_id, back_end)) is not None:
                taken.append(lease)
    except FAILED:
        unanswered()
        if not taken:  # those that are ours nobody would write until their leases run out
            raise
    return taken


def renew(owner: str, replies: Collection[int]) -> dict[int, tuple[int, bool]]:
    """Keep the leases of what this owner writes: for each its attempt, and whether somebody wants it stopped.

    Not of all it has: what it could not store is left to run out, so that somebody takes it over.
    """
    mine = Reply.objects.filter(pk__in=replies, lease_owner=owner, is_open=True)
    locked = mine.select_for_update(of=("self",), no_key=True).order_by("pk")  # as checkpoints do: no two orders
    with transaction.atomic():
        rows = list(locked.values_list("pk", "attempt", "stopped_by"))
        mine.update(lease_expires_at=lease_end())
    return {pk: (attempt, stopped_by is not None) for pk, attempt, stopped_by in rows}


def finish(lease: Lease, outcome: Outcome) -> None:
    """The end of an attempt: stored, numbered, announced.

    :raises LeaseLost:
    """
    with events.changing(lease.room_id) as room:
        hold(lease)
        attempt = _end_attempt(lease, outcome)
        _remember(lease, outcome)
        CLOSED.apply(reply=lease.reply_id, attempt=attempt.pk)
        message: Message = WHOLE.instance(message=lease.message_id)
        message.room = room
        message.status, message.revision = outcome.status, room.take_revision()
        if outcome.text:
            message.text, message.html, message.markup_version = outcome.text, outcome.body.html, markup.VERSION
        message.save(update_fields=["status", "revision", "text", "html", "markup_version"])
        room.keep()
        events.after_commit(events.message_updated, message)
        events.after_commit(events.reply_ended, message, attempt)


def conclude_lost(lease: Lease, outcome: Outcome) -> None:
    """Whoever took the reply away has concluded what was set aside by then. Paying holds no fence: it may have been
    done since, and nobody else would ever find that."""
    _conclude(lease.attempt_id, lease, outcome)


def hand_back(owner: str, *, but: Collection[int] = ()) -> int:
    """A process that goes in order gives up its leases: others take them at once, and it counts against nobody.

    :param but: replies that it goes on with.
    """
    mine = Reply.objects.filter(lease_owner=owner, is_open=True).exclude(pk__in=but)
    with transaction.atomic():
        list(mine.select_for_update(no_key=True).order_by("pk").values_list("pk"))  # they may be renewed in this moment
        return mine.update(lease_owner="", lease_expires_at=None)


def let_go(lease: Lease) -> None:
    """Whoever was held up for too long has given it up, and may have renewed it in the same moment: nobody need wait
    until it runs out once more."""
    mine = Reply.objects.filter(pk=lease.reply_id, lease_owner=lease.owner, attempt=lease.attempt, is_open=True)
    mine.update(lease_expires_at=LONG_AGO)


def free_leases_of_the_dead(alive: frozenset[str]) -> int:
    """Leases of processes of this host that are gone need not run out first."""
    held = Reply.objects.filter(is_open=True, lease_owner__startswith=host_prefix())
    owners = held.values_list("lease_owner", flat=True).distinct()
    dead = [owner for owner in owners if is_dead(owner, alive)]
    return Reply.objects.filter(lease_owner__in=dead, is_open=True).update(lease_expires_at=LONG_AGO)


def _claim_one(owner: str, reply_id: int, back_end: BackEnd | None) -> Lease | None:
    with transaction.atomic():
        if back_end is not None and not back_end.has_room():
            return None
        is_fresh, is_takeover = take(owner, reply_id)
        if not is_fresh and not is_takeover:
            return None
        *columns, room_id, revision, slug = CLAIMED.all(reply=reply_id)[0]
        reply = instance_of(Reply, tuple(columns))
        attempt, begun = _begin_attempt(reply)
        return Lease(
            reply_id=reply.pk,
            message_id=reply.message_id,
            room_id=room_id,
            revision=revision,
            prompt_id=reply.prompt_id,
            assistant=slug,
            owner=owner,
            attempt=reply.attempt,
            attempt_id=attempt.pk,
            is_exhausted=reply.takeovers > MAX_TAKEOVERS,
            is_stop_wanted=reply.stopped_by_id is not None,
            is_takeover=is_takeover,
            begun=begun,
        )


def _begin_attempt(reply: Reply) -> tuple[Attempt, str]:
    """Of a reply that was just taken; the words it goes on from, if it does."""
    if reply.attempt > 1:
        interrupt_earlier(reply)
    begun = reply.attempts.with_words().last() if reply.goes_on else None
    attempt = Attempt(reply=reply, number=reply.attempt, answered_by_id=reply.answerer_id, goes_on=begun is not None)
    BEGUN.insert(attempt)
    CURRENT.apply(reply=reply.pk, attempt=attempt.pk)
    STREAMING.apply(message=reply.message_id, number=reply.attempt)
    return attempt, begun.text if begun else ""


def interrupt_earlier(reply: Reply) -> None:
    """What others began and left: it stays as it is, and is paid for."""
    for attempt in reply.attempts.filter(status=Message.Status.STREAMING):
        attempt.status, attempt.ended_at = Message.Status.INTERRUPTED, timezone.now()
        attempt.cost = usage.conclude_attempt(attempt.pk, written_tokens=tokens_of(attempt))
        attempt.save(update_fields=["status", "ended_at", "cost"])


def hold(lease: Lease) -> None:
    """:raises LeaseLost:"""
    if not HELD.apply(reply=lease.reply_id, owner=lease.owner, attempt=lease.attempt):
        raise LeaseLost


def _end_attempt(lease: Lease, outcome: Outcome) -> Attempt:
    attempt: Attempt = ATTEMPT.instance(reply=lease.reply_id, number=lease.attempt)
    attempt.status, attempt.finish, attempt.ended_at = outcome.status, outcome.reason, timezone.now()
    if outcome.text or outcome.error_kind != CRASHED:
        attempt.text, attempt.token_sequence, attempt.reasoning = outcome.text, outcome.sequence, outcome.reasoning
    attempt.model = outcome.model[:120]
    attempt.prompt_tokens, attempt.completion_tokens = outcome.prompt_tokens, outcome.completion_tokens
    attempt.first_reasoning_at = outcome.first_reasoning_at
    attempt.first_token_at, attempt.is_retryable = outcome.first_token_at, outcome.is_retryable
    attempt.error_kind, attempt.error_detail = outcome.error_kind, outcome.error_detail[:600]
    attempt.remote_id, attempt.retry_at = outcome.remote_id[:120], outcome.retry_at
    if outcome.has_given_up:
        attempt.answered_by, attempt.fallback_kind = attempt.reply.answerer, ""
    attempt.cost = _conclude(attempt.pk, lease, outcome)
    ENDED.apply(**{field.attname: getattr(attempt, field.attname) for field in Attempt._meta.concrete_fields})
    return attempt


def _conclude(attempt: int, lease: Lease, outcome: Outcome) -> Decimal | None:
    return usage.conclude_attempt(
        attempt,
        prompt_tokens=outcome.prompt_tokens,
        completion_tokens=outcome.completion_tokens,
        cost=outcome.cost,
        written_tokens=_written_tokens(lease, outcome),
        was_stopped=outcome.was_asked and outcome.status == Message.Status.STOPPED,
    )


def _written_tokens(lease: Lease, outcome: Outcome) -> int:
    """An estimate, where the back end did not count: nobody asks for it otherwise, and it takes a while."""
    if outcome.completion_tokens is not None:
        return 0
    return tokens_in(outcome.reasoning) + tokens_in(outcome.text[len(lease.begun) :])


def _remember(lease: Lease, outcome: Outcome) -> None:
    """What a back end knows of the room counts only after an answer that ended well. The room is locked."""
    if outcome.told is None or outcome.status not in (Message.Status.COMPLETE, Message.Status.STOPPED):
        return
    told = Message.objects.values_list("sequence", flat=True).get(pk=lease.prompt_id)
    here = RemoteConversation.objects.filter(assistant=outcome.told.assistant_id, room=lease.room_id)
    if Message.objects.filter(room=lease.room_id).taken_back_since(outcome.told.revision, told).exists():
        here.delete()
        return
    known = here.filter(remote_id=outcome.told.conversation_id).first()
    told = max(told, known.told_sequence if known else 0)  # an older question may be answered later
    RemoteConversation.objects.update_or_create(
        assistant_id=outcome.told.assistant_id,
        room_id=lease.room_id,
        defaults={"remote_id": outcome.told.conversation_id[:120], "told_sequence": told},
    )


def tokens_of(attempt: Attempt) -> int:
    """Of what was saved of it, without the words that it goes on from: those are paid for."""
    earlier = attempt.reply.attempts.filter(number__lt=attempt.number).with_words() if attempt.goes_on else None
    begun = earlier.last() if earlier else None
    return tokens_in(attempt.reasoning) + tokens_in(attempt.text[len(begun.text) if begun else 0 :])
