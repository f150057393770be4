"""Reserved before a request, settled with what it used, released if it came to nothing.

Whoever reserves holds today's counters of the person, the room and the assistant, always in the same order: two
requests of one moment see each other's reservation, in whatever process they are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.exceptions import AssistantUnavailable
from chat.models import Assistant, Attempt, Message, Room, SiteSettings, UsageRecord, User
from chat.models.assistants import longest_request
from chat.models.usage import BOOKED, Scope, UsageDay
from chat.prepared import Given, PreparedChange, PreparedRows, columns_given
from chat.usage import limits
from chat.usage.prices import cost_of, exact
from chat.usage.refusals import AssistantsOff, OverLimit

UNKNOWN_COMPLETION_TOKENS = 1_000  # reserved where nobody says how long an answer may get
State = UsageRecord.State


@dataclass(frozen=True, slots=True)
class Permit:
    """A request may go out. Give it back to ``conclude``, or to ``settle`` or ``release``, exactly once."""

    record_id: int


def reserve(
    *,
    person: User,
    assistant: Assistant,
    room: Room | None = None,
    prompt_tokens: int,
    completion_tokens: int | None = None,
    attempt: Attempt | None = None,
    source: str = UsageRecord.Source.ROOM,
) -> Permit:
    """Set aside what one request to a back end is going to take. ``room`` is None where it is asked outside of rooms.

    :raises OverLimit: a limit of the person, the room or the assistant would be exceeded.
    :raises AssistantsOff: on this site, in this room, or this one, since it was asked.
    """
    _require_on(assistant, room)
    completion = UNKNOWN_COMPLETION_TOKENS if completion_tokens is None else completion_tokens
    tokens = prompt_tokens + completion
    wanted = limits.Wanted(tokens, cost_of(assistant, prompt_tokens, completion) or Decimal(0))
    subjects: limits.Subjects = {Scope.ASSISTANT: assistant, Scope.PERSON: person}
    if room is not None:
        subjects = {**subjects, Scope.ROOM: room}
    record = UsageRecord(
        person=person,
        room=room,
        assistant=assistant,
        attempt=attempt,
        source=source,
        reserved_tokens=tokens,
        reserved_cost=wanted.cost,
        prompt_tokens=prompt_tokens,
    )
    try:
        _book(record, subjects, wanted)
    except OverLimit:
        if not release_stale():
            raise
        _book(record, subjects, wanted)
    return Permit(record.pk)


def conclude(
    permit: Permit,
    *,
    prompt_tokens: int | None,
    completion_tokens: int | None,
    cost: float | Decimal | None = None,
    written_tokens: int = 0,
    was_stopped: bool = False,
) -> Decimal | None:
    """Settle, or release if the back end counted nothing and nothing was written. The cost, if it is known.

    Whoever stops it before its first word has had the question read all the same: without that, asking and stopping
    would be free, however often.
    """
    if not was_stopped and prompt_tokens is None and completion_tokens is None and cost is None and not written_tokens:
        release(permit)
        return None
    return settle(
        permit,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cost=cost,
        written_tokens=written_tokens,
    )


def settle(
    permit: Permit,
    *,
    prompt_tokens: int | None = None,
    completion_tokens: int | None = None,
    cost: float | Decimal | None = None,
    written_tokens: int = 0,
) -> Decimal | None:
    """What was used, as the back end counted. Where it did not: our estimates, before and after (``written_tokens``).

    Settling twice counts once.
    """
    with transaction.atomic():
        record = _taken(permit.record_id)
        if record is None:
            return None
        record.is_estimated = prompt_tokens is None or completion_tokens is None
        if prompt_tokens is not None:
            record.prompt_tokens = prompt_tokens
        record.completion_tokens = written_tokens if completion_tokens is None else completion_tokens
        record.cost = cost_of(record.assistant, record.prompt_tokens, record.completion_tokens, cost)
        _close(
            record,
            State.SETTLED,
            prompt_tokens=record.prompt_tokens,
            completion_tokens=record.completion_tokens,
            cost=record.cost or Decimal(0),
        )
        return record.cost


def release(permit: Permit) -> None:
    """Nothing was used: the back end failed before its first word."""
    with transaction.atomic():
        record = _taken(permit.record_id)
        if record is not None:
            record.prompt_tokens = 0
            _close(record, State.RELEASED, requests=-1)


def conclude_attempt(
    attempt: int,
    *,
    prompt_tokens: int | None = None,
    completion_tokens: int | None = None,
    cost: float | Decimal | None = None,
    written_tokens: int = 0,
    was_stopped: bool = False,
) -> Decimal | None:
    """At the end of an attempt, or when whoever wrote it is gone: what is still reserved for it is concluded. Its cost,
    if it is known; where nothing is reserved any more, what was paid for those who answered nothing."""
    reserved = RESERVED.all(attempt=attempt)
    if not reserved:
        paid = UsageRecord.objects.filter(attempt=attempt, cost__isnull=False).aggregate(cost=Sum("cost"))["cost"]
        return None if paid is None else exact(paid)
    return conclude(
        Permit(reserved[0][0]),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cost=cost,
        written_tokens=written_tokens,
        was_stopped=was_stopped,
    )


def hold(attempts: Collection[Attempt]) -> None:
    """Before several are concluded by one transaction: one after the other they would come upon counters in an order
    in which nobody else holds them."""
    reserved = UsageRecord.objects.filter(attempt__in=attempts, state=State.RESERVED)
    UsageDay.hold_all(list(reserved.select_for_update().order_by("pk")))


def release_stale() -> int:
    """Reservations of processes that were killed. Nobody else will ever conclude them.

    An attempt that is still written, however long it takes, or that waits to be taken over, has somebody who will.
    """
    now = timezone.now()
    old = UsageRecord.objects.filter(state=State.RESERVED, created_at__lt=now - stale_after(None))
    old = old.exclude(attempt__status=Message.Status.STREAMING)
    patience = "assistant__first_byte_seconds", "assistant__is_reasoning_model"
    rows = old.values_list("pk", "created_at", *patience)
    stale = [
        pk
        for pk, created_at, first_byte, is_reasoning in rows
        if created_at < now - stale_after(first_byte, is_reasoning=is_reasoning)
    ]
    for pk in stale:
        release(Permit(pk))
    return len(stale)


def stale_after(first_byte_seconds: int | None, *, is_reasoning: bool = False) -> timedelta:
    """Twice what a request may take."""
    return timedelta(seconds=2 * longest_request(first_byte_seconds, is_reasoning=is_reasoning))


def _require_on(assistant: Assistant, room: Room | None) -> None:
    if not SiteSettings.current().has_assistants:
        raise AssistantsOff(_("Assistants are switched off on this site."))
    if room is not None and not room.has_assistants:
        raise AssistantsOff(_("Assistants are switched off in this room."))
    if not assistant.is_on:
        raise AssistantsOff(str(AssistantUnavailable.text))


def _book(record: UsageRecord, subjects: limits.Subjects, wanted: limits.Wanted) -> None:
    """:raises OverLimit:"""
    while not _is_booked(record, subjects, wanted):
        UsageDay.make(record)  # the first request of a day


def _is_booked(record: UsageRecord, subjects: limits.Subjects, wanted: limits.Wanted) -> bool:
    with transaction.atomic():
        if not UsageDay.hold(record):
            return False
        limits.check(subjects, wanted, record.day)
        record.created_at = timezone.now()
        BOOKED.insert(record)
        UsageDay.add(record, requests=1, reserved_tokens=record.reserved_tokens, reserved_cost=record.reserved_cost)
    return True


def _taken(record_id: int) -> UsageRecord | None:
    """The reservation, held; None if somebody has concluded it already."""
    record: UsageRecord | None = TAKEN.instance(record=record_id)
    if record is not None:
        record.assistant = PRICED.instance(assistant=record.assistant_id)
    return record


def _close(record: UsageRecord, state: str, **amounts: Any) -> None:
    UsageDay.hold(record)
    UsageDay.add(record, reserved_tokens=-record.reserved_tokens, reserved_cost=-record.reserved_cost, **amounts)
    record.state, record.reserved_tokens, record.reserved_cost = state, 0, Decimal(0)
    CLOSED.apply(**{field.attname: getattr(record, field.attname) for field in UsageRecord._meta.concrete_fields})


RESERVED = PreparedRows(
    lambda: UsageRecord.objects.filter(attempt=Given("attempt"), state=State.RESERVED).order_by("pk").values_list("pk")
)
TAKEN = PreparedRows(
    lambda: UsageRecord.objects.select_for_update().filter(pk=Given("record"), state=State.RESERVED).order_by()
)
PRICED = PreparedRows(lambda: Assistant.objects.filter(pk=Given("assistant")))
CLOSED = PreparedChange(lambda: UsageRecord.objects.filter(pk=Given("id")), **columns_given(UsageRecord))
