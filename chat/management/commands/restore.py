from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command

from chat.management.backups import put_back
from chat.management.plain import PlainCommand


class Command(PlainCommand):
    help = "Put a site back from what `backup` wrote, and bring its tables up to this version. Stop the site first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="in the place of the site that is here")

    def handle(self, *args: Any, **given: Any) -> None:
        put_back(given["file"], replace=given["replace"])
        call_command("migrate", interactive=False, verbosity=0)
        self.say("Put back. Start it with: manage.py serve")
