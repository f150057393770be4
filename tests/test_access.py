"""Whom a session belongs to. Looking changes nothing: a socket cannot be given another cookie."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from chat.access import Credentials, SignedOut, identify, identities, people_of_sessions
from chat.models import User
from chat.services.tokens import create_token
from tests.factories import session_of
from tests.people import ana, eve

__all__ = ["ana", "eve"]
pytestmark = pytest.mark.django_db


def test_a_session_tells_whose_it_is(ana: User):
    key = session_of(ana)

    assert people_of_sessions([key]) == {key: (ana, ana.get_session_auth_hash())}


@pytest.mark.parametrize("changed", [{HASH_SESSION_KEY: "another"}, {BACKEND_SESSION_KEY: "x.Y"}, {SESSION_KEY: "0"}])
def test_a_session_that_does_not_fit_is_nobodys_and_stays(ana: User, changed: dict[str, str]):
    key = session_of(ana, **changed)

    assert people_of_sessions([key]) == {}
    assert Session.objects.filter(session_key=key).exists()


def test_a_session_signed_with_a_key_that_was_replaced_is_good(ana: User, settings):
    key = session_of(ana)

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next one, which is long enough for everybody"

    assert people_of_sessions([key]) == {key: (ana, ana.get_session_auth_hash())}
    assert Session.objects.filter(session_key=key).exists()


def test_sessions_that_ended_and_accounts_that_closed_are_nobodys(ana: User, eve: User):
    late, closed = session_of(ana), session_of(eve)
    Session.objects.filter(session_key=late).update(expire_date=timezone.now() - timedelta(seconds=1))
    User.objects.filter(pk=eve.pk).update(is_active=False)

    assert people_of_sessions([late, closed, "unknown"]) == {}
    with pytest.raises(SignedOut):
        identify(Credentials(session_key=late))


def test_each_is_told_apart_who_shows_something_at_the_same_time(ana: User, eve: User):
    _, secret = create_token(user=ana)
    shown = [
        Credentials(session_key=session_of(eve)),
        Credentials(),
        Credentials(session_key=session_of(ana), bearer="made up"),  # a token wins, also if it is no good
        Credentials(session_key=session_of(eve), bearer=secret),
        Credentials(session_key="unknown"),
    ]

    found = identities(shown)

    assert [someone and someone.user for someone in found] == [eve, None, None, ana, None]
