"""Which part of a room."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time

from django.utils.dateparse import parse_date, parse_datetime

from chat.exceptions import Invalid
from chat.models.messages import MessageQuerySet

MOST = 2**63 - 1
Bound = int | datetime | None


@dataclass(frozen=True, slots=True)
class Bounds:
    """Sequences, of which neither is part of it; or moments: from ``after`` on, and before ``before``."""

    after: Bound = None
    before: Bound = None

    @classmethod
    def parse(cls, after: str = "", before: str = "") -> Bounds:
        """A sequence, a day (of UTC), or a moment.

        :raises Invalid:
        """
        return cls(_parse("after", after), _parse("before", before))

    def of(self, messages: MessageQuerySet) -> MessageQuerySet:
        match self.after:
            case int():
                messages = messages.filter(sequence__gt=self.after)
            case datetime():
                messages = messages.filter(created_at__gte=self.after)
        match self.before:
            case int():
                messages = messages.filter(sequence__lt=self.before)
            case datetime():
                messages = messages.filter(created_at__lt=self.before)
        return messages


def _parse(name: str, text: str) -> Bound:
    text = text.strip()
    if not text:
        return None
    if re.fullmatch(r"[0-9]{1,19}", text) and int(text) <= MOST:
        return int(text)
    moment = _moment(text)
    if moment is None:
        raise Invalid(f"{name}: a message's number, a day like 2026-11-20, or a moment like 2026-11-20T10:00:00Z.")
    return moment


def _moment(text: str) -> datetime | None:
    try:
        if day := parse_date(text):
            return datetime.combine(day, time(), UTC)
        moment = parse_datetime(text)
        return moment and (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):  # or none that UTC has
        return None
