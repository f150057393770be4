from __future__ import annotations

import secrets
from argparse import ArgumentParser, BooleanOptionalAction
from typing import Any

from django.core.management.base import CommandError

from chat.management.plain import PlainCommand, one_line_of_stdin
from chat.models import User
from chat.services.people import change_account, create_person


class Command(PlainCommand):
    help = "Make an account, or change what is given of one. Without a password a new account gets one, shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        password = parser.add_mutually_exclusive_group()
        password.add_argument("--password", help="other people on this machine may see it: better --password-stdin")
        password.add_argument("--password-stdin", action="store_true", help="read it from the first line of the input")
        parser.add_argument("--email")
        parser.add_argument("--staff", action=BooleanOptionalAction, help="may use /admin/ and change every room")

    def handle(self, *args: Any, **given: Any) -> None:
        password = one_line_of_stdin() if given["password_stdin"] else given["password"]
        if password == "":
            raise CommandError("The password is empty.")
        person = User.objects.named(given["name"]).first()
        if person is not None:
            change_account(person=person, password=password, email=given["email"], is_staff=given["staff"])
            self.say(f"{person.username}: changed.")
            return
        chosen = password or secrets.token_urlsafe(12)
        new = create_person(
            name=given["name"], password=chosen, email=given["email"] or "", is_staff=bool(given["staff"])
        )
        self.say(f"{new.username}: made." + ("" if password else f" Password: {chosen}"))
