"""The conversation as its reader's clock divides it: days, and who goes on speaking.

Pages are drawn with it, so that nothing moves once scripts run. Fragments and frames are the same for everybody and
know no clock: there `static/js/elements/message-list.js` follows the same rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.dateformat import format as written
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chat.models import Message, User
from chat.views.shown import shown

COOKIE = "clock"  # set by <local-time>: "24.Europe/Madrid", "12m.America/New_York"
TOGETHER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the reader's day begins, and how they write an hour and a day."""

    zone: tzinfo = UTC
    has_halves: bool = False
    is_month_first: bool = False

    @classmethod
    def of(cls, request: HttpRequest, reader: User) -> Clock:
        """The zone they chose, else the one their browser told of when it was here last."""
        hours, _, zone = request.COOKIES.get(COOKIE, "").partition(".")
        return cls(_zone(reader.time_zone or zone), hours.startswith("12"), hours.endswith("m"))

    def time(self, at: datetime) -> str:
        then = at.astimezone(self.zone)
        if not self.has_halves:
            return written(then, "H:i")
        return format_html('{} <span class="half-day">{}</span>', written(then, "g:i"), written(then, "A"))

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def day_name(self, at: datetime) -> str:
        is_this_year = self.day(at).year == datetime.now(self.zone).year
        if self.is_month_first:
            return written(at.astimezone(self.zone), _("l, F j") if is_this_year else _("l, F j, Y"))
        return written(at.astimezone(self.zone), _("l j F") if is_this_year else _("l j F Y"))


@dataclass(frozen=True, slots=True)
class Line:
    """A message, and what stands above it. Undressed it is as every reader gets it."""

    message: Message
    day: str = ""
    is_first_unread: bool = False
    follows: bool = False
    time: str = ""

    @property
    def html(self) -> SafeString:
        return shown(self.message, follows=self.follows, time=self.time)


def dressed(messages: list[Message], clock: Clock, first_unread: int | None = None) -> Iterator[Line]:
    for before, message in pairwise([None, *messages]):
        assert message is not None
        day = "" if before and clock.day(before.created_at) == clock.day(message.created_at) else "new"
        is_first_unread = message.sequence == first_unread
        yield Line(
            message,
            day=day and clock.day_name(message.created_at),
            is_first_unread=is_first_unread,
            follows=bool(before and not day and not is_first_unread and _goes_on(before, message)),
            time=clock.time(message.created_at),
        )


def undressed(messages: list[Message]) -> Iterator[Line]:
    return map(Line, messages)


def _goes_on(before: Message, message: Message) -> bool:
    """The same person within five minutes, with nothing between."""
    is_plain = not (message.is_reply or message.is_deleted or before.is_reply or before.is_deleted)
    is_answer = message.reply_to_id is not None
    is_soon = message.created_at - before.created_at < TOGETHER
    return is_plain and is_soon and not is_answer and message.author_id == before.author_id


def _zone(name: str) -> tzinfo:
    """What a browser calls its zone need not be known here, and a cookie may say anything."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return UTC
