from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest

from chat.admin.base import Kept, RowForm, become
from chat.models import SiteSettings, User
from chat.services.sites import switch_assistants


@admin.register(SiteSettings)
class SiteSettingsAdmin(Kept):
    """One row, made when somebody first looks."""

    form = RowForm
    list_display = ["__str__", "has_assistants"]
    list_filter = ["has_assistants"]
    search_fields = ["=id"]
    fields = ["has_assistants"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if self.has_view_permission(request):
            SiteSettings.objects.get_or_create(pk=1)
        return super().changelist_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: SiteSettings, form: Any, change: bool) -> None:
        if "has_assistants" in (changed := form.changed()):
            become(obj, switch_assistants(on=changed["has_assistants"], by=cast(User, request.user)))
