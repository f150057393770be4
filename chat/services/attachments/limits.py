from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from chat.exceptions import FilesRefused, FilesUsedUp, FileTooLarge
from chat.models import Attachment, User
from chat.services.attachments.naming import cleaned_name

MB = 1_000_000


def require_sendable(uploads: Sequence[UploadedFile[Any]]) -> None:
    """What can be said before any of them is looked at.

    :raises FilesRefused: no files here, or too many. :raises FileTooLarge:
    """
    if not uploads:
        return
    if not settings.FILES_ALLOWED:
        raise FilesRefused
    if len(uploads) > settings.FILES_PER_MESSAGE:
        raise FilesRefused(f"A message takes at most {settings.FILES_PER_MESSAGE} files.")
    for upload in uploads:
        if not upload.size:
            raise FilesRefused(f"“{cleaned_name(upload.name or '')}” is empty.")
        if upload.size > settings.FILE_LIMIT_MB * MB:
            name = cleaned_name(upload.name or "")
            raise FileTooLarge(f"“{name}” is too large: a file may have {settings.FILE_LIMIT_MB} MB.")


def require_room_in_the_day(author: User, more: int) -> None:
    """Counts under the author's row, which is held until the transaction ends: two uploads at once are counted one
    after the other.

    :raises FilesUsedUp:
    """
    User.objects.select_for_update(no_key=True).get(pk=author.pk)
    sent = Attachment.objects.sent_today_by(author)
    if not settings.RATE_LIMITS or sent.bytes() + more <= settings.FILES_MB_PER_DAY * MB:
        return
    oldest = sent.order_by("created_at").first()
    wait = (oldest.falls_out_at - timezone.now()).total_seconds() if oldest else 1
    raise FilesUsedUp(
        max(1, math.ceil(wait)), f"You have sent {settings.FILES_MB_PER_DAY} MB of files in 24 hours. That is the most."
    )
