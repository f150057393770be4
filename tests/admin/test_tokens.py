"""Tokens of programs in the admin."""

from __future__ import annotations

import pytest

from chat.models import ApiToken, User
from tests.admin.acting import Staff, page, staff
from tests.announcements import Heard, heard
from tests.factories import make_assistant, make_token

__all__ = ["heard", "staff"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_token_s_secret_is_told_once(staff: Staff, ana: User):
    staff.add(ApiToken, user=ana.pk, name="backup")

    token = ApiToken.objects.get(user=ana)
    (told, *_) = staff.told
    secret = told.split()[4]
    assert ApiToken.objects.matching(secret) == token
    assert secret not in staff.client.get(page("change", token)).content.decode()


def test_they_are_called_what_they_are(staff: Staff):
    said = staff.client.get("/admin/").content.decode()

    assert "API tokens" in said
    assert "Api tokens" not in said


def test_assistants_get_no_token(staff: Staff):
    staff.add(ApiToken, user=make_assistant("helper").user.pk, name="x")

    assert staff.told == ["An assistant has no tokens."]
    assert ApiToken.objects.count() == 0


def test_a_revoked_token_is_dead_at_once(staff: Staff, ana: User, heard: Heard):
    token, secret = make_token(ana)
    heard.forget()

    staff.act("revoke", token)

    assert ApiToken.objects.matching(secret) is None
    assert [told["user"] for told in heard.of_kind("access")] == [ana.pk]
