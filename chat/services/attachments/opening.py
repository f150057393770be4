from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any, Literal

import structlog
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils.http import content_disposition_header

from chat.exceptions import NotFound
from chat.models import Attachment, User

log = structlog.get_logger(__name__)

Which = Literal["file", "preview"]
SEEN = "private, max-age=3600"  # a picture that was shown
ASKED_EACH_TIME = "private, no-cache"
HARMLESS = "sandbox; default-src 'none'"


@dataclass(frozen=True, slots=True)
class Opened:
    """What one may read, and what is said of it."""

    path: Path
    size: int
    headers: dict[str, str]

    def is_held_as(self, known: str) -> bool:
        """By a browser that says which ones it has (``If-None-Match``)."""
        return known.strip() == "*" or self.headers["ETag"] in (
            tag.strip().removeprefix("W/") for tag in known.split(",")
        )


def open_attachment(*, pk: int, by: User, which: Which) -> Opened:
    """:raises NotFound: absent, deleted, or of a room that is not theirs."""
    found = Attachment.objects.visible_to(by).filter(pk=pk).first()
    place = str(getattr(found, which)) if found else ""
    if found is None or not place:
        raise NotFound
    path = Path(default_storage.path(place))
    try:
        return Opened(path, path.stat().st_size, _headers(found, which, path) | _by_nginx(place))
    except OSError:
        log.warning("file_missing", attachment=pk)
        raise NotFound from None


def _headers(found: Attachment, which: Which, path: Path) -> dict[str, str]:
    """Whatever it calls itself, a browser runs nothing of it, and shows nothing but pictures."""
    return {
        "Content-Type": _content_type(found, which, path),
        "Content-Disposition": content_disposition_header(not found.is_picture, found.name) or "inline",
        "Cache-Control": SEEN if found.is_picture else ASKED_EACH_TIME,
        "ETag": f'"{found.sha256[:32]}{"-preview" if which == "preview" else ""}"',
        "Last-Modified": formatdate(found.created_at.timestamp(), usegmt=True),
        "Content-Security-Policy": HARMLESS,
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def _content_type(found: Attachment, which: Which, path: Path) -> str:
    if which == "preview":
        with path.open("rb") as file:
            return "image/webp" if file.read(4) == b"RIFF" else "image/jpeg"
    return f"{found.media_type}; charset=utf-8" if found.media_type.startswith("text/") else found.media_type


def _by_nginx(place: str) -> dict[str, Any]:
    prefix = settings.FILES_BY_NGINX
    return {"X-Accel-Redirect": f"/{prefix.strip('/')}/{place}"} if prefix else {}
