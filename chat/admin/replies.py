"""What assistants wrote, and what went wrong, in the providers' own words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.utils.html import format_html
from django.utils.translation import gettext as _

from chat.admin.base import ReadOnly
from chat.models import Attempt, Feedback, RemoteConversation, Reply

if TYPE_CHECKING:
    from django.contrib.admin.filters import _ListFilterChoices


@admin.register(Reply)
class ReplyAdmin(ReadOnly):
    list_display = [
        "id",
        "assistant",
        "room",
        "asker",
        "status",
        "attempt",
        "takeovers",
        "is_open",
        "created_at",
        "in_room",
    ]
    list_filter = ["is_open", "message__status", "takeovers", "created_at"]
    list_select_related = ["assistant__user", "asker", "message__room"]
    search_fields = ["assistant__user__username", "asker__username", "message__room__slug"]
    ordering = ["-id"]

    @admin.display
    def room(self, reply: Reply) -> str:
        return reply.message.room.slug

    @admin.display
    def status(self, reply: Reply) -> str:
        return reply.message.status

    @admin.display(description="Where")
    def in_room(self, reply: Reply) -> str:
        return format_html('<a href="{}">in the room</a>', reply.message.get_absolute_url())


class Kinds(admin.AllValuesFieldListFilter):
    """Most attempts end without an error: that choice has a word, too."""

    def choices(self, changelist: ChangeList) -> Iterator[_ListFilterChoices]:
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] or _("none")}


@admin.register(Attempt)
class AttemptAdmin(ReadOnly):
    list_display = [
        "id",
        "assistant",
        "number",
        "status",
        "model",
        "started_at",
        "first_token_seconds",
        "ended_at",
        "prompt_tokens",
        "completion_tokens",
        "error_kind",
        "error_detail",
    ]
    list_filter = ["status", ("error_kind", Kinds), "started_at"]
    list_select_related = ["reply__assistant__user"]
    search_fields = ["model", "error_detail", "reply__assistant__user__username"]
    ordering = ["-id"]

    @admin.display
    def assistant(self, attempt: Attempt) -> str:
        return attempt.reply.assistant.slug


@admin.register(RemoteConversation)
class RemoteConversationAdmin(ReadOnly):
    list_display = ["id", "assistant", "room", "remote_id", "told_sequence"]
    list_filter = ["room__kind"]
    list_select_related = ["assistant__user", "room"]
    search_fields = ["remote_id", "room__slug", "assistant__user__username"]
    ordering = ["-id"]


@admin.register(Feedback)
class FeedbackAdmin(ReadOnly):
    list_display = ["id", "thumb", "words", "user", "assistant", "attempt_number", "created_at", "in_room"]
    list_filter = ["rating", "created_at"]
    list_select_related = [
        "user",
        "attempt__answered_by__user",
        "attempt__reply__assistant__user",
        "attempt__reply__message__room",
    ]
    search_fields = ["words", "user__username", "attempt__reply__assistant__user__username"]
    ordering = ["-id"]

    @admin.display(description="")
    def thumb(self, feedback: Feedback) -> str:
        return feedback.thumb

    @admin.display
    def assistant(self, feedback: Feedback) -> str:
        return feedback.attempt.author.slug

    @admin.display(description="attempt")
    def attempt_number(self, feedback: Feedback) -> int:
        return feedback.attempt.number

    @admin.display(description="Where")
    def in_room(self, feedback: Feedback) -> str:
        return format_html('<a href="{}">in the room</a>', feedback.attempt.reply.message.get_absolute_url())
