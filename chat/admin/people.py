from __future__ import annotations

from typing import Any, cast

from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from chat.admin.base import Kept, RowForm, become, shows_refusals
from chat.exceptions import Forbidden, Invalid
from chat.models import User
from chat.services.people import (
    change_account,
    change_profile,
    create_person,
    deactivate,
    opens_another_account,
    reactivate,
    set_password,
)

PROFILE = ("display_name", "avatar_emoji", "avatar_tint", "time_zone")


class OwnAddress(forms.BaseModelForm):  # type: ignore[type-arg]
    def clean_email(self) -> str:
        """The database would only name the rule that was broken."""
        email = str(self.cleaned_data["email"])
        if email and opens_another_account(email, self.instance):
            raise forms.ValidationError("This e-mail address is already in use.")
        return email


class PersonForm(RowForm, OwnAddress, UserChangeForm):  # type: ignore[type-arg]
    class Meta(UserChangeForm.Meta):
        help_texts = {"is_active": "Accounts are closed, and opened again, by the actions of the list."}


class NewPersonForm(OwnAddress, forms.ModelForm):  # type: ignore[type-arg]
    password = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Empty: no signing in with a password, until one is set.",
    )
    kind = forms.ChoiceField(
        choices=[(User.Kind.PERSON, "Person"), (User.Kind.BOT, "Bot")],
        help_text="Assistants answer a bot only if it names them.",
    )

    class Meta:
        model = User
        fields = ["username", "email", "kind", "is_staff"]

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).casefold()

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if password:
            try:
                set_password(User(username=self.cleaned_data.get("username", "")), password)
            except Invalid as error:
                raise forms.ValidationError(error.detail) from error
        return password


class NewPasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    def save(self, commit: bool = True) -> User:
        password = self.cleaned_data["password1"] if self.cleaned_data.get("set_usable_password", True) else None
        if not password:
            raise Invalid("To close an account, deactivate it.")
        return change_account(person=cast(User, self.user), password=password)


@admin.register(User)
class PeopleAdmin(Kept, UserAdmin):  # type: ignore[type-arg]
    list_display = ["username", "kind", "display_name", "email", "is_staff", "is_active", "last_login"]
    list_filter = ["kind", "is_active", "is_staff", "date_joined"]
    search_fields = ["username", "display_name", "email"]
    ordering = ["username"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["username", "kind", "is_active", "password"]}),
        ("As others see them", {"fields": PROFILE}),
        ("Account", {"fields": ["email", "is_staff", "date_joined", "last_login"]}),
        ("What they said", {"fields": ["messages"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "password", "email", "kind", "is_staff"]})]
    readonly_fields = ["username", "kind", "is_active", "date_joined", "last_login", "messages"]
    form = PersonForm
    add_form = NewPersonForm
    change_password_form = NewPasswordForm
    actions = ["deactivate_people", "reactivate_people"]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """A name stays what it is, for it stands in texts. An assistant has no account."""
        if obj is None:
            return []
        return [*self.readonly_fields, *(["email", "is_staff"] if obj.is_assistant else [])]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Nobody signs in as an assistant: there is no password to see."""
        if obj is None or not obj.is_assistant:
            return super().get_fieldsets(request, obj)
        (_, names), *others = self.fieldsets
        return [(None, {"fields": [name for name in names["fields"] if name != "password"]}), *others]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            become(obj, _create(form.cleaned_data))
            return
        changed = form.changed()
        if obj.pk == request.user.pk and not changed.get("is_staff", True):
            raise Forbidden("You would lock yourself out.")
        become(obj, _change(User.objects.get(pk=obj.pk), changed))

    @admin.display
    def messages(self, person: User) -> str:
        """All of them, and nobody else's: a search finds whoever is named, too."""
        address = reverse("admin:chat_message_changelist")
        return format_html('<a href="{}?author__id__exact={}">messages by {}</a>', address, person.pk, person.username)

    @shows_refusals
    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Whoever sets a password goes on with another key, by which their session is to be found, and ended."""
        key = request.session.session_key
        answer = super().user_change_password(request, *args, **kwargs)
        if (now := request.session.session_key) != key:
            UserSession.objects.filter(session_key=key).update(session_key=now)
        return answer

    @admin.action(description="Deactivate: signed out everywhere at once, words stay")
    def deactivate_people(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        by = cast(User, request.user)
        active = rows.filter(is_active=True)
        self.each(request, active, lambda person: deactivate(person=person, by=by), "deactivated")

    @admin.action(description="Reactivate")
    def reactivate_people(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        by = cast(User, request.user)
        closed = rows.filter(is_active=False)
        self.each(request, closed, lambda person: reactivate(person=person, by=by), "reactivated")


def _change(person: User, changed: dict[str, Any]) -> User:
    change_profile(user=person, **{field: changed.get(field, getattr(person, field)) for field in PROFILE})
    if account := {field: changed[field] for field in ("email", "is_staff") if field in changed}:
        change_account(person=person, **account)
    return person


def _create(given: dict[str, Any]) -> User:
    return create_person(
        name=given["username"],
        password=given["password"] or None,
        email=given["email"],
        is_staff=given["is_staff"],
        kind=given["kind"],
    )
