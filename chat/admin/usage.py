"""What was asked of back ends, by whom and for how much: the single requests, their sums, and the limits."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from chat.admin.base import ReadOnly, RowForm, StaffPages, become
from chat.admin.reports import report
from chat.models import UsageLimit, UsageRecord
from chat.services.limits import check_subject, set_limit


@admin.register(UsageRecord)
class UsageRecordAdmin(ReadOnly):
    list_display = [
        "created_at",
        "person",
        "room",
        "assistant",
        "source",
        "state",
        "prompt_tokens",
        "completion_tokens",
        "cost",
    ]
    list_filter = ["state", "source", "is_estimated", "created_at"]
    list_select_related = ["person", "room", "assistant__user"]
    search_fields = ["person__username", "room__slug", "assistant__user__username"]
    ordering = ["-id"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.report)
        return [path("report/", view, name="chat_usagerecord_report"), *super().get_urls()]

    def report(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return report(request, self.admin_site.each_context(request))


@admin.register(UsageLimit)
class UsageLimitAdmin(StaffPages):
    form = RowForm
    list_display = ["scope", "whose", *UsageLimit.NUMBERS]
    list_display_links = ["scope", "whose"]
    list_filter = ["scope"]
    list_select_related = ["person", "room", "assistant__user"]
    search_fields = ["person__username", "room__slug", "assistant__user__username"]
    autocomplete_fields = ["person", "room", "assistant"]
    ordering = ["scope", "-id"]
    fieldsets = [
        (
            None,
            {
                "fields": ["scope", "person", "room", "assistant"],
                "description": "Name nobody, and it holds for everybody of the scope who has no limit of their own.",
            },
        ),
        (
            "At most",
            {
                "fields": UsageLimit.NUMBERS,
                "description": "What is empty is not limited. Days and months begin at 00:00 UTC.",
            },
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: UsageLimit | None = None) -> list[str]:
        return ["scope", "person", "room", "assistant"] if obj else []

    @admin.display
    def whose(self, limit: UsageLimit) -> str:
        return str(limit.subject or "everybody")

    def save_model(self, request: HttpRequest, obj: UsageLimit, form: Any, change: bool) -> None:
        subject: Model | None = obj.subject
        check_subject(obj.scope, subject)  # type: ignore[arg-type]
        given = form.changed() if change else form.cleaned_data
        numbers = {number: given[number] for number in UsageLimit.NUMBERS if number in given}
        become(obj, set_limit(scope=obj.scope, subject=subject, **numbers))  # type: ignore[arg-type]
