#!/usr/bin/env python3
"""Django's command line, for this site."""

from __future__ import annotations

import gc
import os
import signal
import sys

from chatsite.allocator import choose_allocator


def main() -> None:
    choose_allocator(sys.argv)
    gc.set_threshold(20_000, 10, 10)  # what is loaded stays: to look through it is a fifth of a short command
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
    except ModuleNotFoundError:
        sys.exit("manage.py: Django is not installed here. Use .venv/bin/python manage.py, or `make run` to set it up.")
    from django.conf import settings
    from django.core.management import execute_from_command_line

    try:
        settings.INSTALLED_APPS  # noqa: B018 - reads the settings: what is wrong with them is said in one line
    except ImproperlyConfigured as error:
        sys.exit(f"manage.py: {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # by somebody who needs no traceback
        sys.exit(128 + signal.SIGINT)
