from __future__ import annotations

import csv
import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from chat.management.plain import PlainCommand
from chat.usage.refusals import dollars
from chat.usage.reports import GROUPINGS, Row, Span, Sums, total, usage_by

COLUMNS = ("requests", "prompt_tokens", "completion_tokens", "cost")
MOST_DAYS = 3_700


class Command(PlainCommand):
    help = "What was asked of assistants, and what it cost. Days are those of UTC; what is being written is not in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", type=_day, metavar="DATE", help="like 2026-11-01; by default this month's first")
        parser.add_argument("--until", type=_day, metavar="DATE", help="with this day; by default today")
        parser.add_argument("--by", choices=GROUPINGS, default="day")
        parser.add_argument("--format", choices=["table", "csv", "json"], default="table")

    def handle(self, *args: Any, **given: Any) -> None:
        today = timezone.now().date()
        span = Span(given["since"] or today.replace(day=1), given["until"] or today)
        if not 0 <= (span.until - span.since).days < MOST_DAYS:
            raise CommandError("--since is a day before --until, and at most ten years before it.")
        rows = usage_by(given["by"], span)
        if given["format"] == "table":
            self._table(given["by"], rows)
        elif given["format"] == "csv":
            self._csv(given["by"], rows)
        else:
            self.say(json.dumps([as_json(given["by"], row) for row in rows], indent=1))

    def _table(self, by: str, rows: Sequence[Row]) -> None:
        lines = [(by, "requests", "prompt", "completion", "cost")]
        lines += [cells(row.name, row.sums) for row in rows]
        lines.append(cells("total", total(rows)))
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        for name, *numbers in lines:
            padded = [number.rjust(width) for number, width in zip(numbers, widths[1:], strict=True)]
            self.say("  ".join([name.ljust(widths[0]), *padded]))

    def _csv(self, by: str, rows: Sequence[Row]) -> None:
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow([by, *COLUMNS])
        writer.writerows([row.name, *(getattr(row.sums, column) for column in COLUMNS)] for row in rows)


def cells(name: str, sums: Sums) -> tuple[str, str, str, str, str]:
    numbers = (sums.requests, sums.prompt_tokens, sums.completion_tokens)
    requests, prompt, completion = (f"{number:,}" for number in numbers)
    return name, requests, prompt, completion, dollars(sums.cost)


def as_json(by: str, row: Row) -> dict[str, str | int]:
    """The cost is text, so that no reader rounds it."""
    numbers = {column: getattr(row.sums, column) for column in COLUMNS[:3]}
    return {by: row.name, **numbers, "cost": str(row.sums.cost)}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day like 2026-11-01") from error
