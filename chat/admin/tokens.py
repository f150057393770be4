from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from chat.admin.base import Kept, asks_first, become
from chat.models import ApiToken, User
from chat.services.tokens import create_token, revoke_token

# For these pages alone: Django makes a migration of what a model says of itself.
ApiToken._meta.verbose_name, ApiToken._meta.verbose_name_plural = "API token", "API tokens"


@admin.register(ApiToken)
class TokenAdmin(Kept):
    list_display = ["shown", "user", "name", "created_at", "last_used_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), "user__kind", "created_at", "last_used_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "name", "shown"]
    autocomplete_fields = ["user"]
    ordering = ["-id"]
    actions = ["revoke"]

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> list[Any]:
        return ["shown", "user", "name", "created_at", "last_used_at", "revoked_at"] if obj else ["user", "name"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        token, secret = create_token(user=obj.user, name=obj.name)
        become(obj, token)
        self.message_user(
            request, f"The token of {obj.user}: {secret} – copy it, it is not shown again.", messages.WARNING
        )

    @admin.action(description="Revoke: its sockets close at once")
    @asks_first
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiToken]) -> None:
        by = cast(User, request.user)
        alive = rows.filter(revoked_at__isnull=True)
        self.each(request, alive, lambda token: revoke_token(token=token, by=by), "revoked")
