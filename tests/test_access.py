"""Whom a session belongs to. Looking changes nothing: a socket cannot be given another cookie."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from chat.access import Credentials, NoSuchRoom, SignedOut, identify, open_visit, user_of_session
from chat.models import Room, User
from tests.people import ana, eve

__all__ = ["ana", "eve"]
pytestmark = pytest.mark.django_db


def session_of(user: User, **changed: str) -> str:
    browser = Client()
    browser.force_login(user)
    session = browser.session
    session.update(changed)
    session.save()
    assert session.session_key
    return session.session_key


def test_a_session_tells_whose_it_is(ana: User):
    assert user_of_session(session_of(ana)) == (ana, ana.get_session_auth_hash())


@pytest.mark.parametrize("changed", [{HASH_SESSION_KEY: "another"}, {BACKEND_SESSION_KEY: "x.Y"}, {SESSION_KEY: "0"}])
def test_a_session_that_does_not_fit_is_nobodys_and_stays(ana: User, changed: dict[str, str]):
    key = session_of(ana, **changed)

    assert user_of_session(key) is None
    assert Session.objects.filter(session_key=key).exists()


def test_a_session_signed_with_a_key_that_was_replaced_is_good(ana: User, settings):
    key = session_of(ana)

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next one, which is long enough for everybody"

    assert user_of_session(key) == (ana, ana.get_session_auth_hash())
    assert Session.objects.filter(session_key=key).exists()


def test_sessions_that_ended_and_accounts_that_closed_are_nobodys(ana: User, eve: User):
    late, closed = session_of(ana), session_of(eve)
    Session.objects.filter(session_key=late).update(expire_date=timezone.now() - timedelta(seconds=1))
    User.objects.filter(pk=eve.pk).update(is_active=False)

    assert [user_of_session(key) for key in (late, closed, "unknown")] == [None] * 3
    with pytest.raises(SignedOut):
        identify(Credentials(session_key=late))


def test_a_visit_holds_the_persons_place_in_the_room(ana: User, eve: User):
    general = Room.objects.get(slug="general")
    private = Room.objects.create(slug="cellar", name="Cellar", kind=Room.Kind.PRIVATE)
    private.memberships.create(user=ana, role="owner", last_read_sequence=7)

    visit = open_visit(Credentials(session_key=session_of(ana)), "cellar")

    assert (visit.user, visit.room, visit.role, visit.last_read) == (ana, private, "owner", 7)
    assert visit.room_ids == {general.pk, private.pk}
    for slug in ("cellar", "nowhere"):
        with pytest.raises(NoSuchRoom):
            open_visit(Credentials(session_key=session_of(eve)), slug)
