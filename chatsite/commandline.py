"""Django's command line, with Python's collector kept from what a command consists of."""

from __future__ import annotations

import gc
import sys

from django.core.management import ManagementUtility
from django.core.management.base import BaseCommand
from django.db import DatabaseError

# Of Django's own those that docs/operations.md names. What is wrong is told in a line, as our commands do.
EVERYDAY = ("clearsessions", "collectstatic")


class CommandLine(ManagementUtility):
    """Begun with ``gc.disable()``: what is loaded stays, and to look through it while it grows, and once more at the
    end, is a third of a short command."""

    def execute(self) -> None:
        try:
            super().execute()
        except (DatabaseError, OSError) as error:
            if self.argv[1] not in EVERYDAY or "--traceback" in self.argv:
                raise
            sys.exit(f"CommandError: {_in_one_line(error)}. `manage.py doctor` says more.")

    def fetch_command(self, subcommand: str) -> BaseCommand:
        """By now it is loaded: from here on the collector works, on what the command makes."""
        command = super().fetch_command(subcommand)
        gc.freeze()
        gc.set_threshold(20_000, 10, 10)
        gc.enable()
        return command


def _in_one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error).partition("\n")[0]
