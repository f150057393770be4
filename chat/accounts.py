"""How allauth's sign-up and sign-out become ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.forms import AddEmailForm, SignupForm
from allauth.account.views import ConfirmEmailView, signup
from allauth.core import context, ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.totp.views import ActivateTOTPView
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat import events
from chat.exceptions import NameTaken, Unavailable
from chat.models import User
from chat.services.people import require_ones_own, settle_in

log = structlog.get_logger(__name__)

# What somebody has pressed a button for. The others only tell of what was done: that none comes undoes nothing.
ASKED_FOR = ("account/email/password_reset_key", "account/email/email_confirmation")

FROM_ANYWHERE = "login_from_anywhere"  # in ACCOUNT_RATE_LIMITS


def _tried(credentials: Mapping[str, Any]) -> str:
    """Whose password it would be."""
    return str(credentials.get("email", credentials.get("username", ""))).lower()


def _at_home(address: str) -> str:
    return settings.SITE_URL + urlunsplit(("", "", *urlsplit(address)[2:]))


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": gettext_lazy("This name and this password do not belong together."),
        "email_password_mismatch": gettext_lazy("This e-mail address and this password do not belong together."),
        "username_taken": User._meta.get_field("username").error_messages["unique"],
        "email_taken": gettext_lazy(
            "This e-mail address belongs to an account already. Sign in with it, or leave it out."
        ),
        "duplicate_email": gettext_lazy("This e-mail address is one of yours already."),
        "enter_current_password": gettext_lazy("This is not your password."),
        "incorrect_password": gettext_lazy("This is not your password."),
        "too_many_login_attempts": gettext_lazy("Too many attempts. Try again in some minutes."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.SIGNUP_OPEN

    def is_safe_url(self, url: str) -> bool:
        """Leads it to this site? What ``ALLOWED_HOSTS`` names besides (a whole domain, this machine) may be somebody
        else's where it is followed."""
        hosts = {context.request.get_host(), urlsplit(settings.SITE_URL).netloc}
        return url_has_allowed_host_and_scheme(url, hosts)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """One name space with assistants and bots, compared case-folded; the rules stand on the model's field."""
        name = username.casefold()
        for validator in User._meta.get_field("username").validators:
            validator(name)
        cleaned = str(super().clean_username(name, shallow))
        try:
            require_ones_own(User(), cleaned)
        except NameTaken as error:
            raise ValidationError(error.detail) from None
        return cleaned

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        """Whoever gets an account is at home at once, or gets none. The password is hashed before anything is held."""
        saved: User = super().save_user(request, user, form, commit=False)
        if commit:
            with transaction.atomic():
                saved.save()
                settle_in(saved)
        return saved

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """An assistant speaks through its provider only, even if somebody gave it a password."""
        if user.is_assistant:
            refused: HttpResponse = self.respond_user_inactive(request, user)
            return refused
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return answer

    def login(self, request: HttpRequest, user: User) -> None:
        """Their account may have been closed since their password was looked at."""
        if not User.objects.filter(pk=user.pk, is_active=True).exists():
            raise ImmediateHttpResponse(self.respond_user_inactive(request, user))
        super().login(request, user)

    def set_password(self, user: User, password: str) -> None:
        """Nothing else: the library writes the whole row as it was before the password was hashed, and opens with it an
        account that was closed meanwhile."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Few guesses at one account from one address, and some more from all: by the account alone, anybody could keep
        somebody out with one wrong password a minute."""
        super().pre_authenticate(request, **credentials)
        if not ratelimit.consume(request, action=FROM_ANYWHERE, key=_tried(credentials)):
            raise self.validation_error("too_many_login_attempts")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """The library counts by the host and port that a request says it is for."""
        return f"{_tried(credentials)} {get_ip(request)}"

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        super()._delete_login_attempts_cached_email(request, **credentials)
        ratelimit.clear(request, action=FROM_ANYWHERE, key=_tried(credentials))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Links lead to the address of the site, whatever host and port were asked for: else anybody could have a link
        sent that hands its key to another server on this machine.

        :raises Unavailable: it was asked for, and the mail server does not take it.
        """
        at_home = {name: _at_home(value) for name, value in context.items() if name.endswith("_url")}
        site = {"name": settings.SITE_NAME, "domain": urlsplit(settings.SITE_URL).netloc}
        ours = {"current_site": site, "link_days": settings.MAILED_LINK_DAYS}
        try:
            super().send_mail(template_prefix, email, {**context, **at_home, **ours})
        except OSError as error:  # what smtplib raises is one, too
            log.warning("mail_not_sent", error=type(error).__name__, reason=str(error.strerror or ""))
            if template_prefix in ASKED_FOR:
                raise Unavailable(_("Mail cannot be sent right now. Try again later.")) from error

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Whose account it is stands in the note: who got a new password by a link has not signed in."""
        super().send_notification_mail(template_prefix, user, {**(context or {}), "user": user}, email)

    def logout(self, request: HttpRequest) -> None:
        """The session is gone when this is announced: its sockets close."""
        pk = request.user.pk
        super().logout(request)
        if pk is not None:
            events.access_changed(user_id=pk)

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Who has just signed in or out knows it; who has a new password by mail is told so by the next page."""
        template = kwargs.get("message_template") or (args[0] if args else "")
        known = {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}
        if request.user.is_anonymous:
            known.add("account/messages/password_changed.txt")
        if template not in known:
            super().add_message(request, level, *args, **kwargs)


class NewAddressForm(AddEmailForm):
    def clean_email(self) -> str:
        """What opens another account opens no second one: the first one's own address, it could never be this one's."""
        email: str = super().clean_email()
        if User.objects.filter(email__iexact=email).exclude(pk=self.user.pk).exists():
            raise get_adapter().validation_error("email_taken")
        return email


class NewAccountForm(SignupForm):
    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """What was free when the form was looked at may be taken by now, be it by another press of its button: what is
        asked once more is refused beside its field."""
        try:
            saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        except IntegrityError:
            self.full_clean()
            if not self.errors:
                raise
            return None, signup(request)
        return saved


class AddressConfirmed(ConfirmEmailView):
    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Pressed twice, or once more after going back: as where the link is followed once more."""
        answer: HttpResponse
        try:
            answer = super().post(*args, **kwargs)
        except Http404:
            answer = self.get(*args, **kwargs)
        return answer


class SecondFactorSetUp(ActivateTOTPView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Pressed twice it is on: the library would ask next whether to switch it off, or fail in the same moment."""
        try:
            answer = super().dispatch(request, *args, **kwargs)
        except IntegrityError:
            return redirect("mfa_index")
        is_on_already = answer.headers.get("Location") == reverse("mfa_deactivate_totp")
        return redirect("mfa_index") if is_on_already else answer


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "unverified_email": gettext_lazy(
            "Confirm your e-mail address first, or remove it: nobody may lock an address that is not theirs."
        ),
        "add_email_blocked": gettext_lazy("No address can be added while your second factor is on."),
        "cannot_generate_recovery_codes": gettext_lazy("Recovery codes are for those whose second factor is on."),
        "incorrect_code": gettext_lazy("This code is wrong, or too old."),
    }
