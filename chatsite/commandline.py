"""Django's command line, with Python's collector kept from what a command consists of."""

from __future__ import annotations

import gc

from django.core.management import ManagementUtility
from django.core.management.base import BaseCommand


class CommandLine(ManagementUtility):
    """Begun with ``gc.disable()``: what is loaded stays, and to look through it while it grows, and once more at the
    end, is a third of a short command."""

    def fetch_command(self, subcommand: str) -> BaseCommand:
        """By now it is loaded: from here on the collector works, on what the command makes."""
        command = super().fetch_command(subcommand)
        gc.freeze()
        gc.set_threshold(20_000, 10, 10)
        gc.enable()
        return command
