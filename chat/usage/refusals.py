"""What is said when there is no more: what was used, of how much, and when it begins anew."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from enum import Enum

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from chat.exceptions import AssistantUnavailable, RateLimited
from chat.models.usage import Scope


class Measure(Enum):
    """The value is the field of the limit."""

    REQUESTS_PER_MINUTE = "requests_per_minute"
    TOKENS_PER_DAY = "tokens_per_day"
    TOKENS_PER_MONTH = "tokens_per_month"
    COST_PER_MONTH = "cost_per_month"


Amount = int | Decimal
UNBROKEN = "\N{NO-BREAK SPACE}"  # a number stays with its unit
UNITS = {
    Measure.REQUESTS_PER_MINUTE: gettext_noop("requests in the last minute"),
    Measure.TOKENS_PER_DAY: gettext_noop("tokens today"),
    Measure.TOKENS_PER_MONTH: gettext_noop("tokens this month"),
    Measure.COST_PER_MONTH: gettext_noop("this month"),
}
PERIODS = {
    Measure.REQUESTS_PER_MINUTE: gettext_noop("requests per minute"),
    Measure.TOKENS_PER_DAY: gettext_noop("tokens per day"),
    Measure.TOKENS_PER_MONTH: gettext_noop("tokens per month"),
    Measure.COST_PER_MONTH: gettext_noop("per month"),
}


class AssistantsOff(AssistantUnavailable):
    text = gettext_lazy("Assistants are switched off here.")


class OverLimit(RateLimited):
    """``wanted`` is what this request would have taken; ``name`` is whose limit it is."""

    code = "limit"

    def __init__(
        self,
        scope: Scope,
        measure: Measure,
        *,
        name: str,
        used: Amount,
        limit: Amount,
        wanted: Amount,
        ends_at: datetime,
    ) -> None:
        self.scope, self.measure, self.name = scope, measure, name
        self.used, self.limit, self.wanted, self.ends_at = used, limit, wanted, ends_at
        super().__init__(max(1, math.ceil((ends_at - timezone.now()).total_seconds())))
        self.detail = self._words(_("You have") if scope == Scope.PERSON else self._whose())
        self.args = (self.detail,)

    @property
    def for_the_room(self) -> str:
        """As everybody in the room reads it. What somebody has used elsewhere is nobody's business but their own."""
        if self.scope != Scope.PERSON:
            return self.detail
        words = _("The limit of %(name)s is used up.")
        if self.used < self.limit:
            words = _("The limit of %(name)s leaves too little for this.")
        return f"{words % {'name': self.name}} {self._end()}"

    def _whose(self) -> str:
        return _("This room has") if self.scope == Scope.ROOM else _("%(name)s has") % {"name": self.name}

    def _words(self, subject: str) -> str:
        used, limit = shown(self.measure, self.used), shown(self.measure, self.limit)
        more = ""
        if self.used < self.limit:
            more = _(", and this would take about %(wanted)s more") % {"wanted": shown(self.measure, self.wanted)}
        told = {"whose": subject, "used": used, "limit": limit, "unit": _(UNITS[self.measure]), "more": more}
        return _("%(whose)s used %(used)s of %(limit)s %(unit)s%(more)s.") % told + f" {self._end()}"

    def _end(self) -> str:
        left = how_long(self.retry_after)
        match self.measure:
            case Measure.REQUESTS_PER_MINUTE:
                return _("Try again in %(left)s.") % {"left": left}
            case Measure.TOKENS_PER_DAY:
                return _("It starts anew at 00:00 UTC (in %(left)s).") % {"left": left}
            case _:
                return _("It starts anew on 1 %(month)s at 00:00 UTC (in %(left)s).") % {
                    "month": date_format(self.ends_at, "F"),
                    "left": left,
                }


def shown(measure: Measure, amount: Amount) -> str:
    return dollars(Decimal(amount)) if measure is Measure.COST_PER_MONTH else f"{amount:,}"


def dollars(amount: Decimal) -> str:
    """Cents, and where they say nothing the first digits that do."""
    return f"${amount:,.4f}" if 0 < amount < Decimal("0.1") else f"${amount:,.2f}"


def how_long(seconds: int) -> str:
    for size, unit in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            count = math.ceil(seconds / size)
            return f"{count}{UNBROKEN}{ngettext('day', 'days', count) if unit == 'day' else unit}"
    return f"{seconds}{UNBROKEN}s"
