from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError

from chat.database import FAILED
from chat.management.backups import put_back
from chat.management.ending import ends_cleanly
from chat.management.plain import PlainCommand


class Command(PlainCommand):
    help = "Put a site back from what `backup` wrote, and bring its tables up to this version. Stop the site first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="in the place of the site that is here")

    def handle(self, *args: Any, **given: Any) -> None:
        with ends_cleanly():
            put_back(given["file"], replace=given["replace"])
            _bring_up_to_date()
        self.say("Put back. Start it with: manage.py serve")


def _bring_up_to_date() -> None:
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except FAILED as error:
        words = f"Database and files are those of the archive, but the tables are not of this version: {error}."
        raise CommandError(f"{words} When that is put right: manage.py setup") from error
