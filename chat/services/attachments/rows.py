from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from chat.database import FAILED
from chat.models import Attachment, Message, User
from chat.services.attachments.keeping import Kept, discard, keep_files
from chat.services.attachments.limits import require_room_in_the_day
from chat.services.attachments.turns import turn_of


class KeptFiles(list[Kept]):
    """What was kept for a message that is not said yet."""

    is_named = False


@contextmanager
def kept_for(uploads: Sequence[UploadedFile[Any]], *, by: User) -> Iterator[KeptFiles]:
    """Around the transaction that says the message: what no row names in the end is thrown away.

    Bytes that may be named stay. ``manage.py purgefiles`` finds them if they are not, as after a process was killed.
    """
    kept = KeptFiles()
    if uploads:
        with turn_of(by.pk):
            kept.extend(keep_files(uploads))
    try:
        yield kept
    except FAILED:  # a commit that was not answered may have happened all the same
        raise
    except BaseException:
        discard(kept)
        raise
    if not kept.is_named:
        discard(kept)


def name_files(message: Message, kept: KeptFiles) -> None:
    """Rows for what was kept. Needs the room's lock.

    :raises FilesUsedUp: more than their author may send in a day.
    """
    rows = [file.row(message, position) for position, file in enumerate(kept)]
    if rows:
        require_room_in_the_day(message.author, sum(row.size for row in rows))
        Attachment.objects.bulk_create(rows)
        kept.is_named = True
    message.carry(rows)
