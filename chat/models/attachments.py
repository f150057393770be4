from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Sum
from django.utils import timezone

if TYPE_CHECKING:
    from chat.models.users import User

PLACE = "files"  # under MEDIA_ROOT
LONGEST_NAME = 200
NAMELESS, PREVIEW = "file", "preview"  # the second is an address of its own
DAY = timedelta(days=1)


def new_place(attachment: Attachment | None = None, name: str = "") -> str:
    """Where bytes are kept: nothing of it can be guessed, and nothing of it is what somebody typed."""
    token = secrets.token_hex(20)
    return f"{PLACE}/{token[:2]}/{token[2:]}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Of messages that this person may read."""
        from chat.models.messages import Message

        return self.filter(message__in=Message.objects.visible_to(user).filter(deleted_at__isnull=True))

    def sent_today_by(self, author: User) -> Self:
        """In the last 24 hours."""
        return self.filter(message__author=author, created_at__gt=timezone.now() - DAY)

    def bytes(self) -> int:
        return int(self.aggregate(total=Sum("size"))["total"] or 0)

    def places(self) -> list[str]:
        """Where all their bytes are."""
        return [place for pair in self.values_list("file", "preview") for place in pair if place]


class Attachment(models.Model):
    """A file that goes with a message. What it is was found by us; only its name is its sender's."""

    message = models.ForeignKey("chat.Message", models.CASCADE, related_name="attachments", editable=False)
    position = models.PositiveSmallIntegerField(editable=False)
    name = models.CharField(max_length=LONGEST_NAME, editable=False)
    media_type = models.CharField(max_length=100, editable=False)
    size = models.PositiveBigIntegerField(editable=False)
    width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    file = models.FileField(upload_to=new_place, editable=False)
    preview = models.FileField(upload_to=new_place, blank=True, default="", editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["message", "position"]
        constraints = [models.UniqueConstraint("message", "position", name="attachment_has_its_place")]
        indexes = [models.Index("created_at", name="attachment_of_a_day")]

    def __str__(self) -> str:
        return f"attachment {self.pk}"

    def get_absolute_url(self) -> str:
        """The name is for whoever saves it; the number alone says which one it is."""
        name = NAMELESS if self.name == PREVIEW else self.name
        return f"/files/{self.pk}/{quote(name, safe='')}"

    @property
    def preview_url(self) -> str:
        return f"/files/{self.pk}/{PREVIEW}" if self.preview else ""

    @property
    def is_picture(self) -> bool:
        """One that every browser shows."""
        return self.width is not None

    @property
    def falls_out_at(self) -> datetime:
        """When it no longer counts for its sender's day."""
        return self.created_at + DAY
