"""Commands, run as from the shell: what they print, or what they complain about."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command


def run(*words: str, **options: Any) -> str:
    """What it prints, both kinds."""
    output = io.StringIO()
    call_command(*words, stdout=output, stderr=output, **options)
    return output.getvalue().strip()


def complaint(*words: str) -> str:
    """What it ends with, when it ends with 1."""
    with pytest.raises(CommandError) as refused:
        run(*words)
    return str(refused.value)
