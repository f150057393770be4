"""How people sign in, as far as staff need it: to end a session, to take away a second factor that was lost, or an
address that is not theirs.

The pages that come with allauth show the secret of every second factor, with which anybody is that person; deleting a
session there ends nothing, and an address that is changed there leaves the earlier one to sign in with.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from chat.admin.base import StaffPages
from chat.exceptions import Invalid

admin.site.unregister([Authenticator, EmailAddress, UserSession])


class Removable(StaffPages):
    """Rows that staff may only look at and remove."""

    list_display_links = None
    list_select_related = ["user"]
    ordering = ["-id"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """By what is shown. Who may ask what a key begins with has read all of it after a thousand questions."""
        is_shown = lookup.partition("__")[0] in (self.fields or ())
        return is_shown and super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(EmailAddress)
class AddressAdmin(Removable):
    """All of them open the account. Which one is its own is changed on its page."""

    list_display = ["email", "user", "primary", "verified"]
    list_filter = ["primary", "verified"]
    search_fields = ["email", "user__username"]
    fields = ["email", "user", "primary", "verified"]
    actions = ["verify"]

    @admin.action(description="Verified: it is theirs")
    def verify(self, request: HttpRequest, rows: QuerySet[EmailAddress]) -> None:
        self.each(request, rows.filter(verified=False), _verify, "verified")

    def delete_model(self, request: HttpRequest, obj: EmailAddress) -> None:
        obj.remove()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[EmailAddress]) -> None:
        """Each from its account as it is by then: where another of its addresses went just before, one of those that
        are left has taken its place."""
        for address in queryset.select_related(None):
            address.remove()


@admin.register(Authenticator)
class SecondFactorAdmin(Removable):
    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type", "created_at", "last_used_at"]
    search_fields = ["user__username"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        _take_away([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        _take_away(list(queryset))


@admin.register(UserSession)
class SessionAdmin(Removable):
    """When one was seen last is not noted: that would be a write with each page."""

    list_display = ["user", "created_at", "ip", "user_agent"]
    list_filter = ["created_at"]
    search_fields = ["user__username", "ip"]
    fields = ["user", "created_at", "ip", "user_agent"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[UserSession]:
        """The library keeps the row of one that has ended until its person signs in again."""
        alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
        return super().get_queryset(request).filter(session_key__in=alive)

    def delete_model(self, request: HttpRequest, obj: UserSession) -> None:
        obj.end()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[UserSession]) -> None:
        for session in queryset:
            session.end()


def _take_away(factors: Iterable[Authenticator]) -> None:
    """With the recovery codes of whoever has no other one: left behind, they would count as a second factor, and open
    the account beside the next one."""
    for factor in factors:
        factor.delete()
        left = Authenticator.objects.filter(user=factor.user_id)
        if not left.exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
            left.delete()


def _verify(address: EmailAddress) -> None:
    """:raises Invalid:"""
    if not address.set_verified():
        raise Invalid("Somebody else has proved to be there.")
