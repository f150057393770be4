#!/usr/bin/env python3
"""Django's command line, for this site."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys

from chatsite.allocator import choose_allocator


def main() -> None:
    choose_allocator(sys.argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal need not know every letter that is said
    gc.disable()  # until the command is loaded: see CommandLine
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
    except ModuleNotFoundError:
        sys.exit("manage.py: Django is not installed here. Use .venv/bin/python manage.py, or `make run` to set it up.")
    from django.conf import settings

    from chatsite.commandline import CommandLine

    try:
        settings.INSTALLED_APPS  # noqa: B018 - reads the settings: what is wrong with them is said in one line
    except ImproperlyConfigured as error:
        sys.exit(f"manage.py: {error}")
    CommandLine(sys.argv).execute()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # by somebody who needs no traceback
        sys.exit(128 + signal.SIGINT)
