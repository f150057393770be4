"""Which limits hold for a request, and whether it fits. Needs the counters of today, held."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from chat.models import Assistant, Room, UsageLimit, UsageRecord, User
from chat.models.usage import LIMITS, NOBODY, Scope, UsageDay
from chat.prepared import instance_of
from chat.usage.prices import exact
from chat.usage.refusals import Amount, Measure, OverLimit

MINUTE = timedelta(minutes=1)
TOKENS = F("prompt_tokens") + F("completion_tokens") + F("reserved_tokens")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request is going to take, as far as one can say before."""

    tokens: int
    cost: Decimal


Subjects = Mapping[Scope, User | Room | Assistant]


def limits_for(subjects: Subjects) -> dict[Scope, UsageLimit]:
    """For each subject its own limit, or else the one for everybody of its scope."""
    whose = {str(scope): subjects[scope].pk if scope in subjects else NOBODY for scope in Scope}
    found = (instance_of(UsageLimit, row) for row in LIMITS.all(**whose))
    rows = [row for row in found if row.scope in subjects]
    common = {Scope(row.scope): row for row in rows if _is_for_everybody(row)}
    return common | {Scope(row.scope): row for row in rows if not _is_for_everybody(row)}


def check(subjects: Subjects, wanted: Wanted, day: date) -> None:
    """Against the counters that are held, of this day: at midnight a clock may have gone on.

    :raises OverLimit:
    """
    held = limits_for(subjects)
    so_far = used({scope: subjects[scope].pk for scope in held}, day) if held else {}
    for scope, limit in held.items():
        for measure, most in given(limit):
            _check(scope, subjects[scope], measure, most, so_far[scope, measure](), wanted)


def given(limit: UsageLimit) -> Iterator[tuple[Measure, Amount]]:
    """The numbers of a limit that are not empty."""
    for measure in Measure:
        most = getattr(limit, measure.value)
        if most is not None:
            yield measure, most


def used(subjects: Mapping[Scope, int], today: date) -> dict[tuple[Scope, Measure], Callable[[], Amount]]:
    """So far, with what is reserved by requests under way; the requests of the last minute are counted when asked for.

    One query for all sums: at most 31 counters of each subject.
    """
    whose = Q(*(Q(scope=scope, subject=subject) for scope, subject in subjects.items()), _connector=Q.OR)
    rows = UsageDay.objects.filter(whose, day__gte=today.replace(day=1), day__lte=today).values("scope")
    sums = rows.annotate(
        today=Sum(TOKENS, filter=Q(day=today)), month=Sum(TOKENS), costs=Sum(F("cost") + F("reserved_cost"))
    )
    found = {Scope(row["scope"]): row for row in sums}
    so_far: dict[tuple[Scope, Measure], Callable[[], Amount]] = {}
    for scope, subject in subjects.items():
        row: Mapping[str, Any] = found.get(scope, {})
        so_far[scope, Measure.REQUESTS_PER_MINUTE] = _in_the_last_minute(scope, subject).count
        so_far[scope, Measure.TOKENS_PER_DAY] = partial(int, row.get("today") or 0)
        so_far[scope, Measure.TOKENS_PER_MONTH] = partial(int, row.get("month") or 0)
        so_far[scope, Measure.COST_PER_MONTH] = partial(exact, row.get("costs"))
    return so_far


def _check(scope: Scope, subject: Any, measure: Measure, most: Amount, so_far: Amount, wanted: Wanted) -> None:
    more = _more(measure, wanted)
    # A limit that is used up to the last is one, even for what costs nothing.
    if so_far + more > most or so_far >= most:
        name = subject.username if isinstance(subject, User) else subject.slug
        ends_at = _ends_at(scope, subject.pk, measure, int(most))
        raise OverLimit(scope, measure, name=name, used=so_far, limit=most, wanted=more, ends_at=ends_at)


def _more(measure: Measure, wanted: Wanted) -> Amount:
    match measure:
        case Measure.REQUESTS_PER_MINUTE:
            return 1
        case Measure.COST_PER_MONTH:
            return wanted.cost
        case _:
            return wanted.tokens


def _ends_at(scope: Scope, subject: int, measure: Measure, most: int) -> datetime:
    now = timezone.now()
    match measure:
        case Measure.REQUESTS_PER_MINUTE:
            newest = _in_the_last_minute(scope, subject).order_by("-created_at").values_list("created_at", flat=True)
            in_the_way = newest[max(0, most - 1) : most].first() if most else None
            return (in_the_way or now) + MINUTE
        case Measure.TOKENS_PER_DAY:
            return _midnight(now.date() + timedelta(days=1))
        case _:
            return _midnight((now.date().replace(day=1) + timedelta(days=32)).replace(day=1))


def _in_the_last_minute(scope: Scope, subject: int) -> QuerySet[UsageRecord]:
    since = timezone.now() - MINUTE
    rows = UsageRecord.objects.filter(created_at__gt=since, **{f"{scope}_id": subject})
    return rows.exclude(state=UsageRecord.State.RELEASED)


def _is_for_everybody(limit: UsageLimit) -> bool:
    return limit.person_id is None and limit.room_id is None and limit.assistant_id is None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
