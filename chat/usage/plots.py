"""A plot of days as boxes to be drawn: pure geometry. A day is ten wide, the highest is a hundred high."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chat.usage.refusals import dollars
from chat.usage.reports import Sums

Unit = Literal["tokens", "requests", "cost"]
UNITS: tuple[Unit, ...] = ("tokens", "requests", "cost")
UNIT_WORDS = {"tokens": gettext_noop("tokens"), "requests": gettext_noop("requests")}
STEP, GAP, HEIGHT = 10, 2, 100


@dataclass(frozen=True, slots=True)
class Series:
    """What one subject used on each day; ``tint`` is 1 to 8, 0 for what is not told apart, None where nothing is."""

    name: str
    tint: int | None
    days: Mapping[date, Sums]


@dataclass(frozen=True, slots=True)
class Box:
    x: str
    y: str
    width: int
    height: str
    tint: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    boxes: list[Box]
    width: int
    most: str  # what the full height stands for
    words: str
    since: date
    until: date


def plot(days: Sequence[date], series: Sequence[Series], unit: Unit) -> Plot:
    """The series stand on each other, the first at the bottom."""
    value = VALUES[unit]
    highest = max((sum((value(each, day) for each in series), Decimal(0)) for day in days), default=Decimal(0))
    boxes: list[Box] = []
    for number, day in enumerate(days):
        floor = Decimal(HEIGHT)
        for each in series:
            amount = value(each, day)
            if not amount:
                continue
            height = HEIGHT * amount / highest
            floor -= height
            words = f"{day}{', ' if each.name else ''}{each.name}: {in_words(amount, unit)}"
            box = Box(str(number * STEP + GAP // 2), f"{floor:.2f}", STEP - GAP, f"{height:.2f}", each.tint, words)
            boxes.append(box)
    told = {"first": days[0], "last": days[-1], "most": in_words(highest, unit)}
    words = _("From %(first)s to %(last)s, by day; at most %(most)s on one.") % told
    return Plot(boxes, len(days) * STEP, in_words(highest, unit), words, days[0], days[-1])


def in_words(amount: Decimal, unit: Unit) -> str:
    return dollars(amount) if unit == "cost" else f"{int(amount):,} {_(UNIT_WORDS[unit])}"


VALUES: dict[Unit, Callable[[Series, date], Decimal]] = {
    unit: lambda series, day, unit=unit: Decimal(getattr(series.days.get(day, Sums()), unit))  # type: ignore[misc]
    for unit in UNITS
}
