from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from chat.admin.base import Kept, RowForm, become
from chat.models import Room, User
from chat.services.rooms import archive_room, change_room, create_room, unarchive_room

CHANGEABLE = ("name", "topic", "kind", "has_assistants", "answering_assistant", "instructions")


@admin.register(Room)
class RoomAdmin(Kept):
    form = RowForm
    list_display = ["slug", "name", "kind", "members", "messages", "answering_assistant", "created_at", "archived_at"]
    list_filter = ["kind", ("archived_at", admin.EmptyFieldListFilter), "created_at"]
    list_select_related = ["answering_assistant__user"]
    search_fields = ["slug", "name", "topic"]
    autocomplete_fields = ["answering_assistant"]
    ordering = ["slug"]
    fields = ["slug", *CHANGEABLE, "members", "messages", "revision", "created_at", "archived_at"]
    actions = ["archive", "unarchive"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        return cast("QuerySet[Room]", super().get_queryset(request).annotate(member_count=Count("memberships")))

    def get_fields(self, request: HttpRequest, obj: Room | None = None) -> list[Any]:
        return [*self.fields] if obj else ["name", "slug", "kind", "topic"]

    def get_readonly_fields(self, request: HttpRequest, obj: Room | None = None) -> list[str]:
        """An address stays what it is, for it stands in links; a direct room stays direct."""
        if obj is None:
            return []
        fixed = ["slug", "members", "messages", "revision", "created_at", "archived_at"]
        return [*fixed, "kind"] if obj.is_direct else fixed

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "kind":
            kwargs["choices"] = [(kind.value, kind.label) for kind in (Room.Kind.PUBLIC, Room.Kind.PRIVATE)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Room | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is None:
            form.base_fields["slug"].required = False
            form.base_fields["slug"].help_text = "Empty: it follows from the name."
        return form

    def save_model(self, request: HttpRequest, obj: Room, form: Any, change: bool) -> None:
        by = cast(User, request.user)
        if change:
            change_room(room=obj, by=by, **form.changed())
        else:
            become(obj, create_room(by=by, **form.cleaned_data))

    @admin.display(ordering="member_count")
    def members(self, room: Room) -> str:
        address = reverse("admin:chat_membership_changelist")
        count = getattr(room, "member_count", 0)
        return format_html('<a href="{}?room__id__exact={}">{}</a>', address, room.pk, count)

    @admin.display(ordering="last_sequence")
    def messages(self, room: Room) -> str:
        address = reverse("admin:chat_message_changelist")
        return format_html('<a href="{}?room__id__exact={}">{}</a>', address, room.pk, room.last_sequence)

    @admin.action(description="Archive: readable for ever, closed for writing")
    def archive(self, request: HttpRequest, rows: QuerySet[Room]) -> None:
        by = cast(User, request.user)
        present = rows.filter(archived_at__isnull=True)
        self.each(request, present, lambda room: archive_room(room=room, by=by), "archived")

    @admin.action(description="Open again for writing")
    def unarchive(self, request: HttpRequest, rows: QuerySet[Room]) -> None:
        by = cast(User, request.user)
        closed = rows.filter(archived_at__isnull=False)
        self.each(request, closed, lambda room: unarchive_room(room=room, by=by), "opened again")
