from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from chat.management.plain import PlainCommand
from chat.management.whereabouts import require_people
from chat.services.attachments import unnamed_files


class Command(PlainCommand):
    help = (
        "Remove files under MEDIA_ROOT/files that belong to no message and are older than a day: what a process that "
        "was killed in the middle of an upload has left behind. Safe while the site runs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how much it would be")

    def handle(self, *args: Any, **given: Any) -> None:
        require_people()
        count = size = 0
        for path, length in unnamed_files():
            count, size = count + 1, size + length
            if not given["dry_run"]:
                path.unlink(missing_ok=True)
        done = "would be removed" if given["dry_run"] else "removed"
        self.say(f"{count} file{'' if count == 1 else 's'}, {size / 1_000_000:.1f} MB: {done}.")
