from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from chat.management.backups import back_up
from chat.management.ending import ends_cleanly
from chat.management.plain import PlainCommand


class Command(PlainCommand):
    help = (
        "Write the whole site, its database and the files people sent, into one archive, as of one moment, while it "
        "runs. Keys are not in it: keep .env yourself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="like chat-2026-11-20.tar.gz; it must not be there yet")

    def handle(self, *args: Any, **given: Any) -> None:
        with ends_cleanly():
            missing = back_up(given["file"])
        self.say(f"{given['file']}: {given['file'].stat().st_size / 1024:.0f} KB.")
        if missing:
            words = f"{missing} of the files that messages name {'is' if missing == 1 else 'are'} not on the disk"
            self.stderr.write(self.style.WARNING(f"{words}, and so not in it. `manage.py doctor files` says more."))
