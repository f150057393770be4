"""What the tests of backups have in common."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.rows import rows
from tests.site import CommandFailed, Site

MakeSite = Callable[..., Site]


def refusal(site: Site, *words: str) -> str:
    with pytest.raises(CommandFailed) as refused:
        site.manage(*words)
    return str(refused.value)


def people_of(site: Site) -> list[str]:
    return [name for (name,) in rows(site, "SELECT username FROM chat_user WHERE kind = 'person' ORDER BY id")]


def write(file: Path) -> None:
    """Its own name."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(file.name)


def pack(archive: Path, members: dict[str, bytes]) -> None:
    """An archive as no backup of ours would be."""
    with tarfile.open(archive, "w:gz") as made:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
