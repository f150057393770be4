from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html

from chat.admin.base import ReadOnly, asks_first
from chat.models import Attachment, User
from chat.services.files import delete_file


@admin.register(Attachment)
class AttachmentAdmin(ReadOnly):
    """What people sent. Staff may take one file out of its message; the words stay."""

    list_display = ["name", "media_type", "bytes", "author", "place", "created_at"]
    fields = readonly_fields = (
        "name", "media_type", "bytes", "width", "height", "author", "place", "sha256", "created_at",
    )  # fmt: skip
    list_filter = ["media_type", "created_at"]
    list_select_related = ["message__author", "message__room"]
    search_fields = ["name", "sha256", "message__author__username", "message__room__slug"]
    ordering = ["-id"]
    actions = ["delete_files"]

    @admin.display(description="size", ordering="size")
    def bytes(self, file: Attachment) -> str:
        return filesizeformat(file.size)

    @admin.display(description="author", ordering="message__author")
    def author(self, file: Attachment) -> str:
        return str(file.message.author)

    @admin.display(description="room", ordering="message__room")
    def place(self, file: Attachment) -> str:
        """A link into the room, where its message stands."""
        message = file.message
        return format_html('<a href="{}">{}, {}</a>', message.get_absolute_url(), message.room.slug, message.sequence)

    @admin.action(description="Delete: the file goes, everywhere at once; what was said beside it stays")
    @asks_first
    def delete_files(self, request: HttpRequest, rows: QuerySet[Attachment]) -> None:
        by = cast(User, request.user)
        chosen = rows.select_related("message")
        self.each(request, chosen, lambda file: delete_file(attachment=file, by=by), "deleted")

    def record(self, request: HttpRequest, row: Attachment, done: str) -> None:
        """What is gone has no page: it stands in the history of its message."""
        self.log_change(request, row.message, f"A file was {done}.")


class AttachmentsOfMessage(admin.TabularInline):  # type: ignore[type-arg]
    model = Attachment
    fields = readonly_fields = ("name", "media_type", "size", "width", "height", "created_at")
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
