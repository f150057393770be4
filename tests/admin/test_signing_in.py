"""Sessions and second factors, as staff have them."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
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


def test_the_secret_of_a_second_factor_is_nobodys_to_read_or_to_choose(staff: Staff, ana: User):
    factor = Authenticator.objects.create(user=ana, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})

    shown = staff.client.get(page("change", factor)).content.decode()

    assert "TOTP" in shown
    assert "JBSWY3DPEHPK3PXP" not in shown
    assert staff.add(Authenticator, user=ana.pk, type="totp", data="{}").status_code == 403
    assert staff.change(factor, user=staff.user.pk, type="totp").status_code == 403
    staff.remove(factor)  # of somebody who has lost it
    assert Authenticator.objects.count() == 0
