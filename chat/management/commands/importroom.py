from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from chat.management.plain import PlainCommand
from chat.services.importing import Imported, import_room, read_file


class Command(PlainCommand):
    help = "Make a room of a file that exportroom --format json has written. Everything or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--slug", default="", help="its address here; otherwise that in the file")
        parser.add_argument(
            "--as-new",
            action="store_true",
            help="also where there is such a room: as another one, at another address; a direct one becomes private",
        )

    def handle(self, *args: Any, **given: Any) -> None:
        try:
            with Path(given["file"]).open("rb") as source, read_file(source) as file:
                made = import_room(file, slug=given["slug"], is_new=given["as_new"])
        except OSError as error:
            raise CommandError(f"{error.filename or given['file']}: {error.strerror}") from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self._tell(made)

    def _tell(self, made: Imported) -> None:
        plural = "" if made.message_count == 1 else "s"
        self.say(f"{made.room.slug}: made, with {made.message_count} message{plural}.")
        if made.begins_at != 1:
            self.say(f"The file begins at message {made.begins_at}: numbered anew from 1.")
        if made.file_count:
            plural = "" if made.file_count == 1 else "s"
            self.say(
                f"Left out: {made.file_count} file{plural} that went with messages. Their bytes are not in the file."
            )
        if made.made:
            self.say(f"Not known here, and made without access: {', '.join(made.made)}")
