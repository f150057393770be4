"""What our commands have in common: errors in plain words, and nothing checked that they do not need."""

from __future__ import annotations

import math
import os
import sys
from argparse import ArgumentTypeError
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, DataError, IntegrityError

from chat.exceptions import ChatError, NotFound
from chat.models import Assistant, Room, User


class PlainCommand(BaseCommand):
    requires_system_checks: list[str] = []

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            said = super().execute(*args, **options)
            self.stdout.flush()
            return said
        except ChatError as error:
            raise CommandError(error.detail) from error
        except (DataError, IntegrityError):  # mistakes of ours: to be reported as they are
            raise
        except DatabaseError as error:
            advice = "`manage.py doctor` says why; on a new site, `manage.py setup` comes first."
            raise CommandError(f"The database refuses: {first_line(error)}. {advice}") from error
        except UnicodeError as error:  # a shell hands on whatever bytes were typed
            raise CommandError(f"What was given is no text: {error}.") from error
        except BrokenPipeError as error:
            _say_no_more()
            raise SystemExit(1) from error
        except OSError as error:
            _say_what_can_be_said()
            raise CommandError(f"{told(error)}.") from error

    def say(self, text: str) -> None:
        """Where nobody listens any more, as after `| head`, what is being done is done all the same."""
        try:
            self.stdout.write(text)
        except BrokenPipeError:
            _say_no_more()


def told(error: OSError) -> str:
    """What is the matter, and with which file."""
    reason = error.strerror or str(error)
    return reason if error.filename is None else f"{error.filename}: {reason}"


def first_line(error: Exception) -> str:
    """PostgreSQL shows the statement below it, and Django may have put all of that in brackets."""
    line = str(error).partition("\n")[0]
    return line + ")" * (line.count("(") - line.count(")"))


def _say_what_can_be_said() -> None:
    """Nothing, where what is printed goes to a disk that is full."""
    try:
        sys.stdout.flush()
    except OSError:
        _say_no_more()


def _say_no_more() -> None:
    """Else Python complains once more at its end, when it empties what it has kept."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def user_named(name: str) -> User:
    """:raises NotFound:"""
    user = User.objects.named(name.removeprefix("@")).first()
    if user is None:
        raise NotFound(f"There is nobody called {name}.")
    return user


def room_at(slug: str) -> Room:
    """:raises NotFound:"""
    room = Room.objects.filter(slug=slug).first()
    if room is None:
        raise NotFound(f"There is no room {slug}. Make it with: manage.py addroom {slug}")
    return room


def assistant_named(slug: str) -> Assistant:
    """:raises NotFound:"""
    assistant = Assistant.objects.named(slug).select_related("user").first()
    if assistant is None:
        raise NotFound(f"There is no assistant {slug}. Make it with: manage.py addassistant {slug} --provider …")
    return assistant


def one_line_of_stdin() -> str:
    """What is piped in, up to the end of its first line."""
    return sys.stdin.readline().rstrip("\r\n")


def amount_or_nothing(text: str) -> Decimal | str:
    """The same for money, to the last digit."""
    number_or_nothing(text)
    try:
        return Decimal(text) if text else ""
    except InvalidOperation as error:  # nothing, to more places than there are
        raise ArgumentTypeError(f"{text!r} is no number to reckon with") from error


def number_or_nothing(text: str) -> float | str:
    """For options that can be taken back by giving them empty."""
    if not text:
        return ""
    try:
        number = float(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no number") from error
    if not math.isfinite(number):
        raise ArgumentTypeError(f"{text!r} is no number to reckon with")
    return number
