"""What was used, added up: by the counters, whose number does not grow with the requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Count, Model, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from chat.models import Assistant, Room, UsageLimit, UsageRecord, User
from chat.models.usage import Scope, UsageDay, utc_day
from chat.usage.limits import given, limits_for, used
from chat.usage.prices import exact
from chat.usage.refusals import UNITS, Amount, Measure, shown

Grouping = Literal["day", "assistant", "person", "room"]
GROUPINGS: tuple[Grouping, ...] = ("day", "assistant", "person", "room")
OUTSIDE = "(outside of rooms)"


@dataclass(frozen=True, slots=True)
class Sums:
    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Decimal = Decimal(0)

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.requests + other.requests,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cost + other.cost,
        )

    def __sub__(self, other: Sums) -> Sums:
        return self + Sums(-other.requests, -other.prompt_tokens, -other.completion_tokens, -other.cost)


FIELDS = ("requests", "prompt_tokens", "completion_tokens", "cost")
SUMS = {f"sum_{field}": Sum(field) for field in FIELDS}


@dataclass(frozen=True, slots=True)
class Row:
    """``subject`` is the id of whoever is named; None for a day, and for what was asked outside of rooms."""

    name: str
    sums: Sums
    subject: int | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Days of UTC, both included."""

    since: date
    until: date

    @property
    def days(self) -> list[date]:
        return [self.since + timedelta(days=number) for number in range((self.until - self.since).days + 1)]


def usage_by(grouping: Grouping, span: Span) -> list[Row]:
    """Days in their order, each of the span; the others by what they used, most first."""
    if grouping == "day":
        days = per_day(Scope.ASSISTANT, span)
        return [Row(str(day), days.get(day, Sums()), day=day) for day in span.days]
    scope = Scope(grouping)
    sums = {row["subject"]: _sums(row) for row in _rows(scope, span).values("subject").annotate(**SUMS)}
    names = _names(scope, sums)
    rows = [Row(names.get(subject, "?"), found, subject) for subject, found in sums.items() if found.requests]
    if scope == Scope.ROOM:
        rows += _outside_of_rooms(span, rows)
    return sorted(rows, key=lambda row: (-row.sums.tokens, row.name))


def per_day(scope: Scope, span: Span, subject: int | None = None) -> dict[date, Sums]:
    """Of one subject, or of all of a scope. Every request has an assistant, so that scope is the whole."""
    rows = _rows(scope, span)
    if subject is not None:
        rows = rows.filter(subject=subject)
    return {row["day"]: _sums(row) for row in rows.values("day").annotate(**SUMS)}


def of_person_by_assistant(person: User, span: Span) -> list[Row]:
    """By the single requests, of which one person has few. As in the counters, one that is still answered is a request,
    and its tokens, which are only estimated, are not in it."""
    found = UsageRecord.objects.filter(person=person, day__range=(span.since, span.until))
    found = found.exclude(state=UsageRecord.State.RELEASED)
    sums = {f"sum_{field}": Sum(field, filter=Q(state=UsageRecord.State.SETTLED)) for field in FIELDS[1:]}
    rows = found.values("assistant").annotate(sum_requests=Count("pk"), **sums)
    by_id = {row["assistant"]: _sums(row) for row in rows}
    names = _names(Scope.ASSISTANT, by_id)
    listed = [Row(names[subject], sums, subject) for subject, sums in by_id.items()]
    return sorted(listed, key=lambda row: (-row.sums.tokens, row.name))


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a limit is used up."""

    measure: Measure
    used: Amount
    limit: Amount

    @property
    def words(self) -> str:
        used, limit = shown(self.measure, self.used), shown(self.measure, self.limit)
        return _("%(used)s of %(limit)s %(unit)s") % {"used": used, "limit": limit, "unit": _(UNITS[self.measure])}

    @property
    def left(self) -> str:
        return shown(self.measure, max(self.limit - self.used, type(self.limit)(0)))

    @property
    def share(self) -> int:
        """In percent, at most 100."""
        return min(100, int(100 * self.used / self.limit)) if self.limit else 100


def standings(person: User) -> list[Standing]:
    """What limits hold for this person, and how far they are used up now."""
    limit: UsageLimit | None = limits_for({Scope.PERSON: person}).get(Scope.PERSON)
    if limit is None:
        return []
    so_far = used({Scope.PERSON: person.pk}, utc_day())
    return [Standing(measure, so_far[Scope.PERSON, measure](), most) for measure, most in given(limit)]


def total(rows: Sequence[Row]) -> Sums:
    return sum((row.sums for row in rows), Sums())


def _rows(scope: Scope, span: Span) -> QuerySet[UsageDay]:
    return UsageDay.objects.filter(scope=scope, day__range=(span.since, span.until))


def _sums(row: Mapping[str, Any]) -> Sums:
    requests, prompt, completion = (row[f"sum_{field}"] or 0 for field in FIELDS[:3])
    return Sums(requests, prompt, completion, exact(row["sum_cost"]))


def _names(scope: Scope, ids: Mapping[int, Sums]) -> dict[int, str]:
    model: type[Model] = {Scope.ASSISTANT: Assistant, Scope.PERSON: User, Scope.ROOM: Room}[scope]
    field = {Scope.ASSISTANT: "user__username", Scope.PERSON: "username", Scope.ROOM: "slug"}[scope]
    return dict(model._default_manager.filter(pk__in=list(ids)).values_list("pk", field))


def _outside_of_rooms(span: Span, rooms: Sequence[Row]) -> list[Row]:
    rest = sum(per_day(Scope.ASSISTANT, span).values(), Sums()) - total(rooms)
    return [Row(OUTSIDE, rest)] if rest.requests else []
