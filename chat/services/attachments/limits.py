from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
        raise too_many_files()
    for upload in uploads:
        if not upload.size:
            raise FilesRefused(_("“%(name)s” is empty.") % {"name": cleaned_name(upload.name or "")})
        if upload.size > settings.FILE_LIMIT_MB * MB:
            words = _("“%(name)s” is too large: a file may have %(most)d MB.")
            raise FileTooLarge(words % {"name": cleaned_name(upload.name or ""), "most": settings.FILE_LIMIT_MB})


def too_many_files() -> FilesRefused:
    """Also of a request with so many that the framework reads none of them."""
    if not settings.FILES_ALLOWED:
        return FilesRefused()
    most = settings.FILES_PER_MESSAGE
    words = ngettext("A message takes at most %(most)d file.", "A message takes at most %(most)d files.", most)
    return FilesRefused(words % {"most": most})


def require_no_files(uploads: Sequence[UploadedFile[Any]]) -> None:
    """:raises FilesRefused: a command would lose them without a word."""
    if uploads:
        raise FilesRefused(_("A command takes no files. Nothing was done."))


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
    words = _("You may send %(most)d MB of files in 24 hours. This would be more.")
    raise FilesUsedUp(max(1, math.ceil(wait)), words % {"most": settings.FILES_MB_PER_DAY})
