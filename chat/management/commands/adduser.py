from __future__ import annotations

import secrets
from argparse import ArgumentParser, BooleanOptionalAction
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from chat.management.plain import PlainCommand, one_line_of_stdin
from chat.management.started import command_line
from chat.models import User
from chat.services.people import change_account, create_person, reactivate, settle_in

CLOSED = " The account stays closed; in /admin/, among the users, “Reactivate” opens it."


class Command(PlainCommand):
    help = "Make an account, or change what is given of one. Without a password a new account gets one, shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        password = parser.add_mutually_exclusive_group()
        password.add_argument("--password", help="other people on this machine may see it: better --password-stdin")
        password.add_argument("--password-stdin", action="store_true", help="read it from the first line of the input")
        password.add_argument(
            "--bot", action="store_true", help="a new one, by which a program speaks: with a token only"
        )
        parser.add_argument("--email")
        parser.add_argument("--staff", action=BooleanOptionalAction, help="may use /admin/ and change every room")

    def handle(self, *args: Any, **given: Any) -> None:
        password = one_line_of_stdin() if given["password_stdin"] else given["password"]
        if password == "":
            raise CommandError("The password is empty.")
        account = {"email": given["email"], "is_staff": given["staff"]}
        if given["bot"]:
            bot = create_person(name=given["name"], kind=User.Kind.BOT, **_new(**account))
            self.say(f"{bot.username}: made. Its token: {command_line(f'addtoken {bot.username}')}")
            return
        person = User.objects.named(given["name"]).first()
        if person is not None and _has_had_access(person):
            change_account(person=person, password=password, **account)
            self.say(f"{person.username}: changed.{'' if person.is_active else CLOSED}")
            return
        chosen = password or secrets.token_urlsafe(12)
        new = _made(given["name"], person, password=chosen, **account)
        self.say(f"{new.username}: made." + ("" if password else f" Password: {chosen}"))


def _has_had_access(person: User) -> bool:
    """Whom only an imported room has made had none. What was closed is not opened by the way."""
    return person.is_active or person.has_usable_password() or person.last_login is not None


def _new(email: str | None, is_staff: bool | None) -> dict[str, Any]:
    return {"email": email or "", "is_staff": bool(is_staff)}


def _made(name: str, known: User | None, *, password: str, email: str | None, is_staff: bool | None) -> User:
    if known is None:
        return create_person(name=name, password=password, **_new(email, is_staff))
    with transaction.atomic():
        change_account(person=known, password=password, email=email, is_staff=is_staff)
        reactivate(person=known, by=None)
        settle_in(known)
    return known
