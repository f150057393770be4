from __future__ import annotations

from functools import partial

from django.db import transaction

from chat.models.attachments import AttachmentQuerySet
from chat.services.attachments import disk


def forget_files(attachments: AttachmentQuerySet) -> None:
    """Their rows now, their bytes once that is the truth."""
    places = attachments.places()
    if places:
        attachments.delete()
        transaction.on_commit(partial(disk.remove, places), robust=True)
