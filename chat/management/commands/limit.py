from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import CommandError

from chat.management.plain import PlainCommand, assistant_named, room_at, user_named
from chat.models import UsageLimit
from chat.models.usage import Scope
from chat.services.limits import Subject, lift_limit, set_limit
from chat.usage.limits import given as numbers_of
from chat.usage.refusals import PERIODS, shown

EVERYBODY = "everybody"


class Command(PlainCommand):
    help = (
        "Say how much may be asked of assistants, for one person, room or assistant or for each of them, or show the "
        "limits. A limit of one's own stands instead of the one for everybody: what it does not name is not limited."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("scope", nargs="?", choices=Scope.values)
        parser.add_argument("name", nargs="?", help=f"whose; {EVERYBODY}: each one's, of those without their own")
        parser.add_argument("--requests-per-minute", type=_whole, metavar="N", help='"" lifts it, as with the others')
        parser.add_argument("--tokens-per-day", type=_whole, metavar="N")
        parser.add_argument("--tokens-per-month", type=_whole, metavar="N")
        parser.add_argument("--cost-per-month", type=_money, metavar="DOLLARS")
        parser.add_argument("--remove", action="store_true", help="take the whole limit away")

    def handle(self, *args: Any, **given: Any) -> None:
        numbers = {number: given[number] for number in UsageLimit.NUMBERS if given[number] is not None}
        if given["name"] is None and (numbers or given["remove"]):
            raise CommandError(f"Say whose limit: person, room or assistant, and a name or {EVERYBODY}.")
        if numbers and given["remove"]:
            raise CommandError("Say numbers, or --remove: it takes the whole limit away.")
        if given["name"] is None:
            self._show(given["scope"])
        else:
            self.say(_of_one(given["scope"], given["name"], numbers, remove=given["remove"]))

    def _show(self, scope: str | None) -> None:
        rows = UsageLimit.objects.select_related("person", "room", "assistant__user").order_by("scope", "pk")
        shown_rows = [row for row in rows if scope in (None, row.scope)]
        for row in shown_rows:
            self.say(line(row))
        if not shown_rows:
            self.say("There are no limits.")


def _of_one(scope: str, name: str, numbers: dict[str, Any], *, remove: bool) -> str:
    subject = _subject(scope, name)
    if remove:
        lift_limit(scope=scope, subject=subject)
        return f"{scope} {name}: no limit of its own."
    if not numbers:
        return _standing(scope, subject)
    lifted = {measure: None if number == "" else number for measure, number in numbers.items()}
    return line(set_limit(scope=scope, subject=subject, **lifted))


def _standing(scope: str, subject: Subject | None) -> str:
    """One's own, or what stands in its place."""
    of_everybody = UsageLimit.objects.filter(scope=scope, person=None, room=None, assistant=None)
    own = UsageLimit.objects.filter(scope=scope, **{scope: subject}) if subject else of_everybody
    if limit := own.first():
        return line(limit)
    if limit := of_everybody.first():
        return f"{scope} {subject} has no limit of its own. {line(limit)}"
    return f"{scope} {subject or EVERYBODY}: not limited."


def line(limit: UsageLimit) -> str:
    numbers = ", ".join(f"{shown(measure, most)} {PERIODS[measure]}" for measure, most in numbers_of(limit))
    return f"{limit.scope} {limit.subject or EVERYBODY}: {numbers or 'not limited'}."


def _subject(scope: str, name: str) -> Subject | None:
    if name == EVERYBODY:
        return None
    find: dict[str, Any] = {Scope.PERSON: user_named, Scope.ROOM: room_at, Scope.ASSISTANT: assistant_named}
    found: Subject = find[scope](name)
    return found


def _whole(text: str) -> int | str:
    if not text:
        return ""
    try:
        number = int(text.replace(",", "").replace("_", ""))
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no whole number") from error
    if number < 0:
        raise ArgumentTypeError("a limit is not below nothing")
    return number


def _money(text: str) -> Decimal | str:
    if not text:
        return ""
    try:
        return Decimal(text.removeprefix("$"))
    except InvalidOperation as error:
        raise ArgumentTypeError(f"{text!r} is no amount of money") from error
