from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from chat import markup
from chat.admin.attachments import AttachmentsOfMessage
from chat.admin.base import ReadOnly, asks_first, kind_of
from chat.models import Mention, Message, User
from chat.services.messages import delete_message

SHOWN_LENGTH = 80


@admin.register(Message)
class MessageAdmin(ReadOnly):
    """Nobody changes somebody else's words; staff may delete them, which leaves a tombstone."""

    list_display = ["words", "place", "author", "status", "created_at", "deleted_at", "deleted_by"]
    list_filter = [
        "status",
        ("author__kind", kind_of("author")),
        ("room__kind", kind_of("room")),
        "created_at",
        ("edited_at", admin.EmptyFieldListFilter),
        ("deleted_at", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["room", "author", "deleted_by"]
    fields = readonly_fields = (
        *("room", "sequence", "author", "text", "reply_to", "status"),
        *("created_at", "edited_at", "deleted_at", "deleted_by"),
    )
    search_fields = ["text", "author__username", "room__slug"]
    ordering = ["-id"]
    actions = ["delete_words"]
    inlines = [AttachmentsOfMessage]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return cast("QuerySet[Message]", super().get_queryset(request).select_related("room", "author"))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "room__id__exact" or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    @admin.display(description="text")
    def words(self, message: Message) -> str:
        return markup.excerpt(message.text, SHOWN_LENGTH) or message.excerpt or "(nothing)"

    @admin.display(description="room", ordering="room")
    def place(self, message: Message) -> str:
        """A link into the room, where it stands."""
        return format_html('<a href="{}">{}, {}</a>', message.get_absolute_url(), message.room.slug, message.sequence)

    @admin.action(description="Delete: the words go, everywhere at once; a tombstone stays")
    @asks_first
    def delete_words(self, request: HttpRequest, rows: QuerySet[Message]) -> None:
        by = cast(User, request.user)
        present = rows.filter(deleted_at__isnull=True)
        self.each(request, present, lambda message: delete_message(message=message, by=by), "deleted")


@admin.register(Mention)
class MentionAdmin(ReadOnly):
    list_display = ["id", "user", "room", "sequence", "message"]
    list_filter = [("room__kind", kind_of("room")), ("user__kind", kind_of("user"))]
    list_select_related = ["user", "room", "message"]
    search_fields = ["user__username", "room__slug"]
    ordering = ["-id"]
