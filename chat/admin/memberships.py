from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from chat.admin.base import RowForm, StaffPages, become, kind_of
from chat.models import Membership, User
from chat.services.memberships import add_member, change_role, remove_member


class MembershipForm(RowForm):
    def clean_user(self) -> User:
        """The database would only name the rule that was broken."""
        room, user = self.cleaned_data.get("room"), cast(User, self.cleaned_data["user"])
        if room is not None and room.membership_of(user):
            raise forms.ValidationError("They belong to this room already: their row says as what.")
        return user


@admin.register(Membership)
class MembershipAdmin(StaffPages):
    form = MembershipForm
    list_display = ["room", "user", "role", "last_read_sequence", "joined_at"]
    list_filter = ["role", ("room__kind", kind_of("room")), ("user__kind", kind_of("user")), "joined_at"]
    list_select_related = ["room", "user"]
    search_fields = ["user__username", "room__slug", "room__name"]
    autocomplete_fields = ["room", "user"]
    ordering = ["-id"]
    fields = ["room", "user", "role", "last_read_sequence", "joined_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> list[str]:
        return ["last_read_sequence", "joined_at", *(["room", "user"] if obj else [])]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "room__id__exact" or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        keep = change_role if change else add_member
        if not change or form.changed():
            become(obj, keep(room=obj.room, by=cast(User, request.user), user=obj.user, role=obj.role))

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        remove_member(room=obj.room, by=cast(User, request.user), user=obj.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset.select_related("room", "user").order_by("room"):
            self.delete_model(request, membership)

    def response_action(self, *args: Any, **kwargs: Any) -> Any:
        """All or none: where one must stay, nobody goes, and nothing is written down."""
        with transaction.atomic():
            return super().response_action(*args, **kwargs)
