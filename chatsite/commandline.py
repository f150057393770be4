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
            from chat.management.plain import first_line, told  # who fails loads it, and nobody else

            reason = told(error) if isinstance(error, OSError) else first_line(error)
            sys.exit(f"CommandError: {reason}. `manage.py doctor` says more.")

    def fetch_command(self, subcommand: str) -> BaseCommand:
        """By now it is loaded: from here on the collector works, on what the command makes."""
        command = super().fetch_command(subcommand)
        gc.freeze()
        gc.set_threshold(20_000, 10, 10)
        gc.enable()
        return command
