from __future__ import annotations

import sys
from argparse import ArgumentParser
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from chat.management.ending import ends_cleanly
from chat.management.plain import PlainCommand, room_at
from chat.services.exporting import FORMATS, Bounds, Export, export_room


class Command(PlainCommand):
    help = "Write a room's conversation to a file, or to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="its address: /rooms/SLUG/")
        parser.add_argument("--format", choices=list(FORMATS), default="json", help="json can be imported again")
        parser.add_argument("--after", default="", metavar="WHERE", help="messages after this number, or from this day")
        parser.add_argument("--before", default="", metavar="WHERE", help="before this number, or before this day")
        parser.add_argument("--reasoning", action="store_true", help="with what assistants thought aloud")
        parser.add_argument("--output", metavar="FILE", help="a new file; otherwise standard output")

    def handle(self, *args: Any, **given: Any) -> None:
        bounds = Bounds.parse(given["after"], given["before"])
        export = export_room(
            room=room_at(given["slug"]), form=given["format"], bounds=bounds, has_reasoning=given["reasoning"]
        )
        if given["output"]:
            self._write(export, Path(given["output"]))
        else:
            self._print(export)

    def _print(self, export: Export) -> None:
        """In UTF-8 as a file is, whatever is spoken here: it may go into one."""
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")
        for piece in export.pieces:
            self.stdout.write(piece, ending="")

    def _write(self, export: Export, path: Path) -> None:
        """Nothing that is there is overwritten, and half a file does not stay."""
        try:
            with ends_cleanly(), path.open("x", encoding="utf-8") as file:
                try:
                    file.writelines(export.pieces)
                except BaseException:
                    path.unlink()
                    raise
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        self.say(f"{path} is written.")
