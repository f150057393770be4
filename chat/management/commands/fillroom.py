from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import CommandError

from chat.demo.filling import open_crowded_room
from chat.management.plain import PlainCommand

AT_HOME = frozenset({"127.0.0.1", "localhost", "::1"})
TOLD_EVERY = 50_000
MOST = 100_000_000  # one in 20 seconds, for sixty years


class Command(PlainCommand):
    help = (
        "Fill a room with messages of invented people, edits, deletions and replies of an assistant, numbered as if "
        "all had been said: to see what a very long room costs. What is added cannot be removed: use a database of "
        "its own."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the room; it is made if there is none at this address")
        parser.add_argument("--messages", type=_count, default=1_000_000, help="so many it has afterwards (a million)")
        parser.add_argument(
            "--force", action="store_true", help="even on a site of others, or where others have talked"
        )

    def handle(self, *args: Any, **given: Any) -> None:
        if urlsplit(settings.SITE_URL).hostname not in AT_HOME and not given["force"]:
            raise CommandError(f"{settings.SITE_URL} looks like a site that people use. --force if you are sure.")
        filling = open_crowded_room(given["slug"], force=given["force"])
        for count in filling.until(given["messages"]):
            if count % TOLD_EVERY == 0:
                self.say(f"{count:,} messages")
        self.say(f"{filling.room.slug}: {filling.room.last_sequence:,} messages, revision {filling.room.revision:,}.")


def _count(text: str) -> int:
    try:
        number = int(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text[:40]!r} is no whole number") from error
    if not 0 <= number <= MOST:
        raise ArgumentTypeError(f"a number up to {MOST:,}")
    return number
