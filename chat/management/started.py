"""How somebody starts a command of this site where it runs."""

from __future__ import annotations

import sys
from pathlib import Path

from django.conf import settings


def command_line(words: str) -> str:
    """From a clone by its own environment, as the README says; in a container by the only Python there is."""
    own = Path(settings.BASE_DIR) / ".venv"
    python = ".venv/bin/python" if own.exists() and own.samefile(sys.prefix) else "python"
    return f"{python} manage.py {words}"
