"""What was used, for staff: a plot of the days and a table beneath, grouped and bounded by links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, get_args
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from chat.models.usage import Scope
from chat.usage.plots import UNITS, Series, Unit, plot
from chat.usage.reports import GROUPINGS, Grouping, Row, Span, Sums, per_day, total, usage_by

RANGES = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "a year"}
TINTS = (6, 2, 4, 8, 5, 3)  # neighbours that are told apart; more than these nobody does
MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Choice:
    words: str
    query: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table; ``tint`` is the colour of its boxes in the plot, None where it has none."""

    name: str
    sums: Sums
    tint: int | None


def report(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    chosen = _chosen(request)
    today = timezone.now().date()
    span = Span(today - timedelta(days=int(chosen["days"]) - 1), today)
    grouping: Grouping = chosen["by"]
    unit: Unit = chosen["unit"]
    rows = usage_by(grouping, span)
    listed = [row for row in (reversed(rows) if grouping == "day" else rows) if row.sums.requests]
    shown = {
        "title": "Usage",
        "choices": _choices(chosen),
        "plot": plot(span.days, _series(grouping, span, rows), unit) if total(rows).requests else None,
        "plot_name": f"{unit.capitalize()} per day",
        "rows": [_line(grouping, number, row) for number, row in enumerate(listed[:MOST_ROWS])],
        "more": max(0, len(listed) - MOST_ROWS),
        "total": total(rows),
        "of": grouping.capitalize(),
    }
    return render(request, "admin/chat/usagerecord/report.html", context | shown)


def _chosen(request: HttpRequest) -> dict[str, Any]:
    """What the address says, or the first of what there is."""
    known = {"by": GROUPINGS, "days": tuple(RANGES), "unit": get_args(Unit)}
    first = {"by": "day", "days": "30", "unit": "tokens"}
    given = {name: request.GET.get(name, "") for name in known}
    return {name: given[name] if given[name] in values else first[name] for name, values in known.items()}


def _choices(chosen: dict[str, Any]) -> list[tuple[str, list[Choice]]]:
    def links(name: str, words: dict[str, str]) -> list[Choice]:
        return [Choice(text, urlencode(chosen | {name: value}), chosen[name] == value) for value, text in words.items()]

    return [
        ("By", links("by", {grouping: grouping for grouping in GROUPINGS})),
        ("The last", links("days", RANGES)),
        ("Plotted", links("unit", {unit: unit for unit in UNITS})),
    ]


def _series(grouping: Grouping, span: Span, rows: list[Row]) -> list[Series]:
    """Those who used most, each in a colour of their own, and on top of them the rest."""
    everything = per_day(Scope.ASSISTANT, span)
    if grouping == "day":
        return [Series("", None, everything)]
    series = [
        Series(row.name, tint, per_day(Scope(grouping), span, row.subject))
        for tint, row in zip(TINTS, rows, strict=False)
        if row.subject is not None
    ]
    rest = {
        day: sums - sum((each.days.get(day, Sums()) for each in series), Sums()) for day, sums in everything.items()
    }
    return [*series, Series("others", 0, rest)]


def _line(grouping: Grouping, number: int, row: Row) -> Line:
    if grouping == "day":
        return Line(row.name, row.sums, None)
    is_told_apart = number < len(TINTS) and row.subject is not None
    return Line(row.name, row.sums, TINTS[number] if is_told_apart else 0)
