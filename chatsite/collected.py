"""Our own files as `collectstatic` leaves them: what stands under a name is whole, whatever became of the disk."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from whitenoise.storage import CompressedManifestStaticFilesStorage

PART = ".part"


class CollectedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    def load_manifest(self) -> tuple[dict[str, str], str]:
        """The list is made anew by who collects: one that is damaged does not keep them from it.

        :raises ValueError: it is damaged.
        """
        try:
            found: tuple[dict[str, str], str] = super().load_manifest()
        except ValueError:
            if not settings.IS_COLLECTING:
                raise
            return {}, ""
        return found

    def get_modified_time(self, name: str) -> datetime:
        """So that each file is copied: half of one is newer than its source, and what an archive brings is older."""
        raise NotImplementedError

    def _save(self, name: str, content: Any) -> str:
        """Beside its place first: a full disk leaves half a file there, and none under its name."""
        part = f"{name}{PART}"
        self.delete(part)
        Path(self.path(super()._save(part, content))).replace(self.path(name))
        return name
