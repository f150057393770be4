"""Accounts in the admin."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.test import Client

from chat.models import Room, User
from chat.services.people import deactivate, reactivate
from tests.admin.acting import Staff, page, staff
from tests.announcements import Heard, heard
from tests.factories import PASSWORD, make_assistant, make_message, make_person
from tests.views.markup import parse

__all__ = ["heard", "staff"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_deactivated_person_is_signed_out_at_once(staff: Staff, ana: User, heard: Heard):
    heard.forget()

    staff.act("deactivate_people", ana)

    assert User.objects.get(pk=ana.pk).is_active is False
    assert [announcement["user"] for announcement in heard.of_kind("access")] == [ana.pk]

    staff.act("reactivate_people", ana)
    assert User.objects.get(pk=ana.pk).is_active is True
    assert staff.told == ["1 deactivated.", "1 reactivated."]


def test_an_account_that_is_opened_again_is_signed_in_nowhere(staff: Staff, ana: User):
    browser = Client()
    browser.post("/accounts/login/", {"login": "ana", "password": PASSWORD})
    assert browser.get("/account/").status_code == 200

    staff.act("deactivate_people", ana)
    staff.act("reactivate_people", ana)

    assert browser.get("/account/").status_code == 302


def test_the_page_of_a_person_says_where_their_account_is_closed(staff: Staff, ana: User):
    (shown,) = parse(staff.client.get(page("change", ana)).content).find("div", class_="form-row field-is_active")

    assert shown.text == "Active: Accounts are closed, and opened again, by the actions of the list."


def test_staff_cannot_lock_themselves_out(staff: Staff):
    staff.act("deactivate_people", staff.user)
    staff.change(staff.user, email="", avatar_tint=0)

    user = User.objects.get(pk=staff.user.pk)
    assert (user.is_active, user.is_staff) == (True, True)
    assert staff.told == ["root: You may not do that.", "0 deactivated.", "You would lock yourself out."]


def test_a_new_person_is_at_home(staff: Staff):
    staff.add(User, username="Ben", password=PASSWORD, email="ben@example.org", kind="person")

    ben = User.objects.get(username="ben")
    assert (ben.email, ben.is_staff, ben.check_password(PASSWORD)) == ("ben@example.org", False, True)
    assert list(ben.memberships.values_list("room__slug", flat=True)) == ["general"]


def test_a_bot_needs_no_password(staff: Staff):
    staff.add(User, username="cron", password="", kind="bot")

    assert User.objects.get(username="cron").has_usable_password() is False


@pytest.mark.parametrize(("field", "value"), [("username", "ana"), ("username", "Not Good"), ("password", "123")])
def test_a_person_who_cannot_be_is_refused_beside_the_field(staff: Staff, ana: User, field: str, value: str):
    response = staff.add(User, **{"username": "ben", "password": PASSWORD, "kind": "person", field: value})

    assert response.status_code == 200
    assert set(response.context["adminform"].form.errors) == {field}
    assert User.objects.count() == 2


@pytest.mark.parametrize("email", ["Ben@Example.org", "beside@example.org"])
def test_an_address_of_somebody_else_is_refused_beside_the_field(staff: Staff, ana: User, email: str):
    EmailAddress.objects.create(user=make_person("ben", email="ben@example.org"), email="beside@example.org")

    added = staff.add(User, username="eve", password=PASSWORD, kind="person", email=email)
    changed = staff.change(ana, avatar_tint=0, email=email)

    for answer in (added, changed):
        assert answer.context["adminform"].form.errors == {"email": ["This e-mail address is already in use."]}


def test_changing_a_person(staff: Staff, ana: User):
    staff.change(
        ana,
        display_name="Ana B.",
        avatar_emoji="🐳",
        avatar_tint=3,
        time_zone="Europe/Paris",
        email="a@b.org",
        is_staff="on",
    )

    ana.refresh_from_db()
    assert (ana.display_name, ana.avatar_tint, ana.time_zone) == ("Ana B.", 3, "Europe/Paris")
    assert (ana.email, ana.is_staff, ana.is_superuser) == ("a@b.org", True, True)


@pytest.mark.parametrize("is_new", [True, False])
def test_an_address_with_capital_letters_opens_its_account(staff: Staff, is_new: bool):
    if is_new:
        staff.add(User, username="ana", password=PASSWORD, email="Ana@Example.org", kind="person")
    else:
        staff.change(make_person("ana"), avatar_tint=0, email="Ana@Example.org")

    browser = Client()
    browser.post("/accounts/login/", {"login": "Ana@Example.org", "password": PASSWORD})
    Client().post("/accounts/password/reset/", {"email": "ana@example.org"})
    fields = {"username": "anna", "email": "ana@example.org", "password1": PASSWORD, "password2": PASSWORD}
    refused = Client().post("/accounts/signup/", fields)

    assert browser.get("/account/").status_code == 200
    assert [mailed.to for mailed in mail.outbox] == [["ana@example.org"]]
    assert (refused.status_code, User.objects.filter(username="anna").exists()) == (200, False)


@pytest.mark.parametrize("now", ["new@example.org", ""])
def test_an_address_that_staff_took_away_opens_nothing(staff: Staff, now: str):
    fields = {"username": "ana", "email": "old@example.org", "password1": PASSWORD, "password2": PASSWORD}
    Client().post("/accounts/signup/", fields)
    ana = User.objects.get(username="ana")
    mail.outbox.clear()

    staff.change(ana, email=now, avatar_tint=0)

    browser = Client()
    browser.post("/accounts/password/reset/", {"email": "old@example.org"})
    browser.post("/accounts/login/", {"login": "old@example.org", "password": PASSWORD})
    assert mail.outbox == []
    assert browser.get("/account/").status_code == 302
    assert User.objects.get(pk=ana.pk).email == now


def test_a_second_address_stays_where_the_first_is_not_touched(staff: Staff, ana: User):
    EmailAddress.objects.create(user=ana, email="beside@example.org")

    staff.change(ana, email="", avatar_tint=0, is_staff="on")

    assert EmailAddress.objects.get().email == "beside@example.org"


def test_what_a_service_refuses_is_said_and_nothing_is_half_done(staff: Staff, ana: User):
    staff.change(ana, display_name="Ana B.", avatar_tint=0, time_zone="Middle/Earth", email="")

    ana.refresh_from_db()
    assert staff.told == ["This time zone is not known."]
    assert ana.display_name == ""
    assert LogEntry.objects.count() == 0


def test_a_new_password_ends_the_sessions(staff: Staff, ana: User, heard: Heard):
    heard.forget()

    staff.client.post(page("password_change", ana), {"password1": "a-new-one-77", "password2": "a-new-one-77"})

    ana.refresh_from_db()
    assert ana.check_password("a-new-one-77")
    assert heard.of_kind("access")[0]["user"] == ana.pk


@pytest.mark.parametrize("whose", ["ana", "root"])
def test_whoever_sets_a_password_keeps_a_session_that_can_be_ended(staff: Staff, ana: User, whose: str):
    browser = Client()
    browser.post("/accounts/login/", {"login": "root", "password": PASSWORD})
    password = {"password1": "a new wild garden", "password2": "a new wild garden"}
    browser.post(page("password_change", User.objects.get(username=whose)), password)
    assert browser.get("/account/").status_code == 200

    deactivate(person=staff.user, by=None)
    reactivate(person=staff.user, by=None)

    assert browser.get("/account/").status_code == 302


def test_staff_change_their_own_password_where_everybody_does(staff: Staff):
    browser = Client()
    browser.post("/accounts/login/", {"login": "root", "password": PASSWORD})
    (link,) = parse(browser.get("/admin/").content).find("a", href="/admin/password_change/")

    where = browser.get(link.attributes["href"], follow=True).redirect_chain[-1][0]
    new = {"oldpassword": PASSWORD, "password1": "a new wild garden", "password2": "a new wild garden"}
    browser.post(where, new)
    refused = browser.post("/admin/password_change/", {"old_password": "a new wild garden"})

    assert User.objects.get(username="root").check_password("a new wild garden")
    assert refused.status_code == 302
    assert UserSession.objects.filter(session_key=browser.session.session_key).exists()


def test_an_assistant_gets_no_password(staff: Staff):
    helper = make_assistant("helper").user

    staff._hear(
        staff.client.post(
            page("password_change", helper),
            {"password1": "a-new-one-77", "password2": "a-new-one-77"},
        )
    )

    assert User.objects.get(pk=helper.pk).has_usable_password() is False
    assert staff.told == ["An assistant has no account."]
    assert helper.password not in staff.client.get(page("change", helper)).content.decode()


def test_an_assistant_s_face_is_changed_like_a_person_s(staff: Staff):
    helper = make_assistant("helper").user

    staff.change(helper, display_name="Helper", avatar_emoji="🤖", avatar_tint=1)

    assert User.objects.get(pk=helper.pk).display_name == "Helper"


def test_from_a_person_one_comes_to_what_they_said_and_to_nothing_else(
    staff: Staff, ana: User, ben: User, garden: Room
):
    make_message(garden, ana, "one")
    make_message(garden, ben, "@ana two")
    shown = staff.client.get(page("change", ana)).content.decode()
    (address,) = re.findall(r'href="([^"]*author[^"]*)"', shown)

    listed = staff.client.get(address).context["cl"].queryset

    assert [message.text for message in listed] == ["one"]
