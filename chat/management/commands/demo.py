from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from chat.demo import Opened, open_house
from chat.demo.people import VIEWER
from chat.management.plain import PlainCommand, one_line_of_stdin
from chat.management.started import command_line

AGAIN = "demo --password-stdin"


class Command(PlainCommand):
    help = (
        "Fill an empty site with invented people, rooms and some days of conversation, to look around in. "
        "Again it adds nothing. What is added cannot be removed: use a database of its own."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        password = parser.add_mutually_exclusive_group()
        password.add_argument("--password", help="of all of them; other people on this machine may see it")
        password.add_argument("--password-stdin", action="store_true", help="read it from the first line of the input")
        parser.add_argument("--force", action="store_true", help="even if the site has people of its own")
        parser.add_argument(
            "--hold", action="store_true", help="add replies that stay queued, thinking and half written for a day"
        )

    def handle(self, *args: Any, **given: Any) -> None:
        password = one_line_of_stdin() if given["password_stdin"] else given["password"]
        if password == "":
            raise CommandError("The password is empty.")
        chosen = password or secrets.token_urlsafe(12)
        opened = open_house(
            password=chosen,
            is_password_wanted=password is not None,
            force=given["force"],
            is_held=given["hold"],
        )
        self.say(_added(opened))
        self.say(f"Open {settings.SITE_URL} and sign in as {VIEWER}, or as any of the others.")
        if password is None:
            self.say(f"Password of all of them: {chosen}" if opened.is_new else f"New passwords: {command_line(AGAIN)}")


def _added(opened: Opened) -> str:
    if opened.is_new:
        return f"{opened.people} people and bots moved in, and said {opened.messages} messages with their assistants."
    return f"{opened.messages} messages were added." if opened.messages else "Everything is here already."
