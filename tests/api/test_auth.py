"""Who may use the API, and what those hear who may not."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from chat.models import ApiToken, User
from chat.services.people import deactivate
from chat.services.tokens import revoke_token
from tests.api.asking import Program, told
from tests.factories import make_token

NEW_ROOM = '{"name": "Lab"}'
NOT_KNOWN = {"code": "not_signed_in", "detail": "This token is not known, or it was revoked."}


def test_a_token_opens_the_api(ana: User):
    assert Program(ana).get("/rooms")[0] == 200


def test_without_anything_nothing_opens(db: None):
    response = Client().get("/api/rooms")

    assert told(response) == (
        401,
        {"code": "not_signed_in", "detail": "Sign in, or send a token: Authorization: Bearer …"},
    )
    assert response["WWW-Authenticate"] == "Bearer"


def test_an_unknown_token_opens_nothing_even_beside_a_session(ana: User):
    client = Client()
    client.force_login(ana)

    response = client.get("/api/rooms", headers={"authorization": "Bearer chat_nonsense"})

    assert told(response) == (401, NOT_KNOWN)


def test_a_revoked_token_opens_nothing(ana: User):
    program = Program(ana)
    revoke_token(token=ApiToken.objects.get(user=ana), by=ana)

    assert program.get("/rooms") == (401, NOT_KNOWN)


def test_the_token_of_a_closed_account_opens_nothing(ana: User):
    program = Program(ana)
    deactivate(person=ana, by=None)

    assert program.get("/rooms") == (401, NOT_KNOWN)


def test_a_session_may_read(ana: User):
    client = Client()
    client.force_login(ana)

    assert client.get("/api/rooms").status_code == 200


def test_a_session_may_write_with_the_csrf_token_only(ana: User):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    page = client.get("/accounts/password/change/")
    token = {"x-csrftoken": page.cookies["csrftoken"].value}

    without = client.post("/api/rooms", NEW_ROOM, content_type="application/json")
    with_token = client.post("/api/rooms", NEW_ROOM, content_type="application/json", headers=token)

    assert (without.status_code, without.json()["code"]) == (403, "csrf")
    assert with_token.status_code == 201


def test_a_stranger_without_csrf_token_hears_that_they_are_not_signed_in(db: None):
    response = Client(enforce_csrf_checks=True).post("/api/rooms", "{}", content_type="application/json")

    assert response.json()["code"] == "not_signed_in"


def test_use_is_noted_once_a_minute(ana: User):
    token, secret = make_token(ana)
    a_moment_ago, long_ago = timezone.now() - timedelta(seconds=30), timezone.now() - timedelta(minutes=2)
    client = Client(headers={"authorization": f"Bearer {secret}"})

    def noted_after(last_used_at: object) -> object:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=last_used_at)
        client.get("/api/rooms")
        return ApiToken.objects.get(pk=token.pk).last_used_at

    assert noted_after(a_moment_ago) == a_moment_ago
    assert noted_after(long_ago) != long_ago
    assert noted_after(None) is not None


def test_trying_many_tokens_is_limited(db: None):
    client = Client(headers={"authorization": "Bearer chat_nonsense"})
    statuses = [client.get("/api/rooms").status_code for _ in range(301)]

    assert (statuses[0], statuses[-1]) == (401, 429)


def test_a_token_that_is_good_is_not_counted_with_the_strangers(ana: User):
    program = Program(ana)

    assert {program.get("/assistants")[0] for _ in range(301)} == {200}
