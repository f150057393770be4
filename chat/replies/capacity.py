"""How many replies a back end writes at once, over all processes: as its assistants say. Blocks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from chat.models import Assistant, Reply, UsageRecord
from chat.models.assistants import longest_request
from chat.models.line import LineQuerySet
from chat.prepared import PreparedRows

BESIDE_SECONDS = 300  # what a request takes besides its back end: its reader may be slow
STARTED_AT = timezone.now()


@dataclass(frozen=True, slots=True)
class BackEnd:
    """One with a limit. ``assistants`` are all that it serves: they share it."""

    at_once: int
    assistants: tuple[int, ...]
    longest_seconds: float  # that one of them may be asked

    @property
    def room_left(self) -> int:
        return self._room_beside(Reply.objects.all())

    def has_room(self, *, held_by: int | None = None) -> bool:
        """Asked inside a transaction, and true until its end: rivals in other processes wait for it.

        ``held_by``: a reply that would only change hands, and needs no second place. On SQLite every transaction is
        alone already.
        """
        rows = Assistant.objects.select_for_update(no_key=True).filter(pk__in=self.assistants).order_by("pk")
        list(rows.values_list("pk", flat=True))
        replies = Reply.objects.all()
        return self._room_beside(replies if held_by is None else replies.exclude(pk=held_by)) > 0

    def _room_beside(self, replies: LineQuerySet[Reply]) -> int:
        return max(0, self.at_once - replies.written_by(self.assistants).count() - self._asked_outside_of_rooms())

    def _asked_outside_of_rooms(self) -> int:
        """By clients of OpenAI: each request under way has set something aside.

        What is older than any may be belongs to a process that was killed; where there is but one process, so does
        what is older than itself.
        """
        begun_since = timezone.now() - timedelta(seconds=self.longest_seconds + BESIDE_SECONDS)
        if not settings.REDIS_URL:
            begun_since = max(begun_since, STARTED_AT)
        under_way = UsageRecord.objects.filter(
            source=UsageRecord.Source.OPENAI,
            state=UsageRecord.State.RESERVED,
            created_at__gt=begun_since,
            assistant__in=self.assistants,
        )
        return under_way.count()


def limited_back_ends() -> list[BackEnd]:
    """The smallest number among the assistants of a back end counts."""
    served: defaultdict[tuple[str, str], list[tuple[int, int | None, float]]] = defaultdict(list)
    for pk, provider, base_url, at_once, first_byte_seconds, is_reasoning in SERVED.all():
        seconds = longest_request(first_byte_seconds, is_reasoning=is_reasoning)
        served[provider, base_url].append((pk, at_once, seconds))
    found = []
    for rows in served.values():
        assistants, limits, longest = zip(*rows, strict=True)
        if numbers := [at_once for at_once in limits if at_once is not None]:
            found.append(BackEnd(min(numbers), assistants, max(longest)))
    return found


def limit_of(assistant: Assistant) -> BackEnd | None:
    return next((back_end for back_end in limited_back_ends() if assistant.pk in back_end.assistants), None)


def next_in_line(limit: int) -> list[tuple[int, BackEnd | None]]:
    """Replies whose turn it is, and what limits their back end. One that is full keeps no other from being served."""
    limited = limited_back_ends()
    everywhere = tuple(assistant for back_end in limited for assistant in back_end.assistants)
    elsewhere = _first(Reply.objects.waiting().not_asked_of(everywhere), limit) if everywhere else WAITING.all()
    found: list[tuple[int, int, BackEnd | None]] = [(turn, pk, None) for turn, pk in elsewhere]
    for back_end in limited:
        line = Reply.objects.waiting().asked_of(back_end.assistants)
        found += [(*place, back_end) for place in _first(line, min(back_end.room_left, limit))]
    return [(pk, back_end) for _, pk, back_end in sorted(found, key=lambda row: row[:2])[:limit]]


def _first(waiting: LineQuerySet[Reply], limit: int) -> list[tuple[int, int]]:
    return list(waiting.in_turn().values_list("turn", "pk")[:limit]) if limit else []


MOST_WAITING = 1_000  # looked at in one go
_SERVED = "pk", "provider", "base_url", "at_once", "first_byte_seconds", "is_reasoning_model"
SERVED = PreparedRows(lambda: Assistant.objects.order_by().values_list(*_SERVED))
WAITING = PreparedRows(lambda: Reply.objects.waiting().in_turn().values_list("turn", "pk")[:MOST_WAITING])
