from __future__ import annotations

import json
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest

from chat.admin.base import Kept, RowForm, become
from chat.exceptions import ChatError, Invalid
from chat.models import Assistant, User
from chat.models.assistants import AssistantQuerySet
from chat.models.users import validate_name, validate_not_reserved
from chat.providers import KINDS
from chat.services.assistants import FIELDS, check_assistant, check_base_url, save_assistant
from chat.services.trials import QUESTION, missing, try_out

MOST_TRIALS = 3
MAPS = "headers", "query", "body"
SECTIONS = [
    ("Who answers", {"fields": ["provider", "base_url", "key_env", "model", "fallback", "enabled"]}),
    (
        "How it is asked",
        {
            "fields": [
                *("prompt", "temperature", "max_tokens", "context_tokens", "is_reasoning_model", "sees_images"),
                *MAPS,
            ]
        },
    ),
    ("What it may take", {"fields": ["first_byte_seconds", "at_once", "prompt_price", "completion_price"]}),
]


class JsonField(forms.JSONField):
    """Of what no database keeps, or nobody can read, it says that it is no JSON; Django's own fails over it."""

    def to_python(self, value: Any) -> Any:
        try:
            parsed = super().to_python(value)
            json.dumps(parsed, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        return parsed

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Drawn again, as it was typed."""
        try:
            self.to_python(data)
        except forms.ValidationError:
            return InvalidJSONInput(data)
        return super().bound_data(data, initial)


class AssistantForm(RowForm):
    provider = forms.ChoiceField(choices=[(kind, kind) for kind in KINDS])
    base_url = forms.CharField(
        label="Base URL", required=False, widget=forms.URLInput(attrs={"class": "vURLField"}), help_text="Up to /v1."
    )

    class Meta:
        model = Assistant
        fields = FIELDS
        help_texts = {"prompt": "{room}, {topic}, {date} and {members} in it are filled in."}
        widgets = {name: forms.Textarea({"rows": 3, "class": "vLargeTextField"}) for name in MAPS}
        field_classes = dict.fromkeys(MAPS, JsonField)

    def clean_base_url(self) -> str:
        address = str(self.cleaned_data["base_url"]).rstrip("/")
        if address:
            try:
                check_base_url(address)
            except Invalid as error:
                raise forms.ValidationError(error.detail) from error
        return address

    def clean_headers(self) -> dict[str, str]:
        return self.cleaned_data["headers"] or {}

    def clean_query(self) -> dict[str, str]:
        return self.cleaned_data["query"] or {}

    def clean_body(self) -> dict[str, Any]:
        return self.cleaned_data["body"] or {}

    def _post_clean(self) -> None:
        """What the service would refuse is said beside the form."""
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            try:
                check_assistant(self.instance)
            except Invalid as error:
                field, _, words = error.detail.partition(": ")
                self.add_error(*((field, words) if field in self.fields else (None, error.detail)))


class NewAssistantForm(AssistantForm):
    slug = forms.CharField(
        max_length=32, validators=[validate_name, validate_not_reserved], help_text="Its name: people write @name."
    )

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"])
        if User.objects.filter(username=slug).exists():
            raise forms.ValidationError("This name is already in use.")
        return slug


@admin.register(Assistant)
class AssistantAdmin(Kept):
    """Its face is its user's; which rooms it is in, its memberships say."""

    list_display = [
        "user",
        "provider",
        "model",
        "base_url",
        "key_env",
        "enabled",
        "liked",
        "disliked",
        "what_is_missing",
    ]
    list_filter = ["provider", "enabled", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__display_name", "model"]
    ordering = ["user__username"]
    actions = ["try_it"]

    def get_form(self, request: HttpRequest, obj: Assistant | None = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = AssistantForm if obj else NewAssistantForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Assistant | None = None) -> Any:
        return [(None, {"fields": ["user", "what_is_missing"] if obj else ["slug"]}), *SECTIONS]

    def get_readonly_fields(self, request: HttpRequest, obj: Assistant | None = None) -> list[str]:
        return ["user", "what_is_missing"] if obj else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assistant]:
        return cast("AssistantQuerySet", super().get_queryset(request)).with_ratings()

    @admin.display(description="👍", ordering="ups")
    def liked(self, assistant: Assistant) -> int:
        return int(assistant.ups)  # type: ignore[attr-defined]

    @admin.display(description="👎", ordering="downs")
    def disliked(self, assistant: Assistant) -> int:
        return int(assistant.downs)  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, obj: Assistant, form: Any, change: bool) -> None:
        given = form.changed() if change else form.cleaned_data
        slug = obj.slug if change else given["slug"]
        chosen = {field: given[field] for field in FIELDS if field in given}
        saved, _ = save_assistant(slug=slug, by=cast(User, request.user), **chosen)
        become(obj, saved)

    @admin.display(description="what is missing")
    def what_is_missing(self, assistant: Assistant) -> str:
        return missing(assistant) or "nothing"

    @admin.action(description=f"Try it: “{QUESTION}”")
    def try_it(self, request: HttpRequest, rows: QuerySet[Assistant]) -> None:
        """Each waits for its answer, up to half a minute, one after another."""
        for assistant in rows[:MOST_TRIALS]:
            try:
                self.message_user(request, f"{assistant}: {try_out(assistant)}")
            except ChatError as error:
                self.message_user(request, f"{assistant}: {error.detail}", messages.ERROR)
        if rows.count() > MOST_TRIALS:
            self.message_user(request, f"Only the first {MOST_TRIALS} were asked.", messages.WARNING)
