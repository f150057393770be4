"""Whoever is signed out is announced once their session is gone, so that their sockets close."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from chat.models import User
from tests.announcements import Heard, heard
from tests.factories import PASSWORD, make_person

__all__ = ["heard"]
pytestmark = pytest.mark.django_db(transaction=True)
NEW_PASSWORD = "another-horse-2"


def signed_in(person: User) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": person.username, "password": PASSWORD})
    assert client.get("/account/").status_code == 200
    return client


@pytest.fixture
def ana() -> User:
    return make_person("ana")


def told_about(heard: Heard) -> set[int]:
    return {announcement["user"] for announcement in heard.of_kind("access")}


def test_signing_out(ana: User, heard: Heard):
    client = signed_in(ana)
    heard.forget()

    client.post("/accounts/logout/")

    assert told_about(heard) == {ana.pk}
    assert Session.objects.count() == 0


def test_signing_out_of_the_admin(heard: Heard):
    client = signed_in(make_person("root", is_staff=True))
    heard.forget()

    client.post("/admin/logout/")

    assert told_about(heard) == {User.objects.get(username="root").pk}


def test_ending_other_sessions_from_the_list(ana: User, heard: Heard):
    here, there = signed_in(ana), signed_in(ana)
    assert UserSession.objects.count() == 2
    heard.forget()

    here.post("/accounts/sessions/")

    assert told_about(heard) == {ana.pk}
    assert (here.get("/account/").status_code, there.get("/account/").status_code) == (200, 302)


def test_a_new_password(ana: User, heard: Heard):
    client = signed_in(ana)
    heard.forget()

    client.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    )

    assert User.objects.get().check_password(NEW_PASSWORD)
    assert told_about(heard) == {ana.pk}


def test_a_password_set_anew_by_mail(ana: User, heard: Heard):
    client = Client()
    page = f"/accounts/password/reset/key/{user_pk_to_url_str(ana)}-{default_token_generator.make_token(ana)}/"
    form = client.get(page, follow=True).redirect_chain[-1][0]
    heard.forget()

    client.post(form, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

    assert User.objects.get().check_password(NEW_PASSWORD)
    assert told_about(heard) == {ana.pk}


def test_clearing_away_what_has_run_out_tells_nobody(ana: User, heard: Heard):
    signed_in(ana)
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    heard.forget()

    call_command("clearsessions")

    assert Session.objects.count() == 0
    assert told_about(heard) == set()
