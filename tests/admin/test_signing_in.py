"""Sessions, second factors and addresses, as staff have them."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from chat.models import User
from tests.admin.acting import Staff, page, staff
from tests.factories import PASSWORD

__all__ = ["staff"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_session_that_staff_remove_has_ended(staff: Staff, ana: User):
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.post("/accounts/login/", {"login": "ana", "password": PASSWORD})
    first, second = UserSession.objects.filter(user=ana).order_by("pk")
    keys = [first.session_key, second.session_key]

    shown = staff.client.get(page("change", first)).content.decode()
    staff.remove(first)
    staff.act("delete_selected", second)
    staff.client.post(
        reverse("admin:usersessions_usersession_changelist"),
        {"action": "delete_selected", "_selected_action": [second.pk], "post": "yes"},
    )

    assert keys[0] not in shown
    assert not Session.objects.filter(session_key__in=keys).exists()
    assert [browser.get("/account/").status_code for browser in browsers] == [302, 302]


def test_a_session_that_has_ended_is_not_among_those_there_are(staff: Staff, ana: User):
    browsers = [Client(), Client()]
    for number, browser in enumerate(browsers):
        browser.post("/accounts/login/", {"login": "ana", "password": PASSWORD}, REMOTE_ADDR=f"192.0.2.{number}")
    browsers[0].post("/accounts/logout/")

    listed = staff.client.get(page("changelist", UserSession), {"q": "ana"}).content.decode()

    assert ("192.0.2.0" in listed, "192.0.2.1" in listed) == (False, True)


@pytest.mark.parametrize(
    ("model", "guess"),
    [
        (UserSession, "session_key__startswith"),
        (UserSession, "data__contains"),
        (Authenticator, "data__secret__startswith"),
        (Authenticator, "data__seed__gt"),
    ],
)
def test_secrets_are_not_guessed_a_letter_at_a_time(staff: Staff, ana: User, model: type[Model], guess: str):
    assert staff.client.get(f"{page('changelist', model)}?{guess}=J&user__id__exact={ana.pk}").status_code == 400
    assert staff.client.get(page("changelist", model), {"user__id__exact": ana.pk}).status_code == 200


def test_the_secret_of_a_second_factor_is_nobodys_to_read_or_to_choose(staff: Staff, ana: User):
    factor = Authenticator.objects.create(user=ana, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})

    shown = staff.client.get(page("change", factor)).content.decode()

    assert "TOTP" in shown
    assert "JBSWY3DPEHPK3PXP" not in shown
    assert staff.add(Authenticator, user=ana.pk, type="totp", data="{}").status_code == 403
    assert staff.change(factor, user=staff.user.pk, type="totp").status_code == 403
    staff.remove(factor)  # of somebody who has lost it
    assert Authenticator.objects.count() == 0


@pytest.mark.parametrize("is_one_of_a_list", [False, True])
def test_recovery_codes_go_with_the_second_factor_that_they_are_for(staff: Staff, ana: User, is_one_of_a_list: bool):
    factor = Authenticator.objects.create(user=ana, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    Authenticator.objects.create(user=ana, type="recovery_codes", data={"migrated_codes": ["12345678"]})
    browser = Client()
    browser.force_login(ana)

    if is_one_of_a_list:
        fields = {"action": "delete_selected", "_selected_action": [factor.pk], "post": "yes"}
        staff.client.post(page("changelist", factor), fields)
    else:
        staff.remove(factor)

    added = browser.post("/accounts/email/", {"email": "ana@example.org", "action_add": ""})
    assert Authenticator.objects.count() == 0
    assert added.status_code == 302
    assert EmailAddress.objects.get().user == ana


def test_an_address_is_removed_and_not_made_another(staff: Staff):
    fields = {"username": "ana", "email": "old@example.org", "password1": PASSWORD, "password2": PASSWORD}
    Client().post("/accounts/signup/", fields)
    mail.outbox.clear()
    address = EmailAddress.objects.get()

    made = staff.add(EmailAddress, user=address.user_id, email="new@example.org", verified="on")
    changed = staff.change(address, user=address.user_id, email="new@example.org")
    staff.remove(address)

    Client().post("/accounts/password/reset/", {"email": "old@example.org"})
    assert (made.status_code, changed.status_code) == (403, 403)
    assert User.objects.get(username="ana").email == ""
    assert mail.outbox == []


@pytest.mark.parametrize("first", ["old@example.org", "new@example.org"])
def test_several_addresses_of_one_account_are_removed_at_once(staff: Staff, ana: User, first: str):
    for email in ("old@example.org", "new@example.org"):
        EmailAddress.objects.create(user=ana, email=email, primary=email == first)
    User.objects.filter(pk=ana.pk).update(email=first)
    rows = list(EmailAddress.objects.values_list("pk", flat=True))

    fields = {"action": "delete_selected", "_selected_action": rows, "post": "yes"}
    staff.client.post(page("changelist", EmailAddress), fields)

    browser = Client()
    browser.post("/accounts/login/", {"login": "old@example.org", "password": PASSWORD})
    browser.post("/accounts/login/", {"login": "new@example.org", "password": PASSWORD})
    ana.refresh_from_db()
    assert (EmailAddress.objects.count(), ana.email) == (0, "")
    assert browser.get("/account/").status_code == 302


def test_an_address_is_verified_by_staff_for_one_account_only(staff: Staff, ana: User, ben: User):
    first, second = (EmailAddress.objects.create(user=user, email="x@example.org") for user in (ana, ben))

    staff.act("verify", first, second)

    assert list(EmailAddress.objects.order_by("pk").values_list("verified", flat=True)) in (
        [True, False],
        [False, True],
    )
    assert staff.told[0].endswith("Somebody else has proved to be there.")
    assert staff.told[1] == "1 verified."
