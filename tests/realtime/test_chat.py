"""``POST /api/chat``: ask, wait, and have the reply. And what both calls refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.middleware.csrf import _get_new_csrf_string
from pytest_django import Settings

from chat.api.schemas import ChatOut
from chat.hub import current_hub
from chat.models import Message, Room, UsageLimit, User
from chat.services import assistants, people, rooms
from tests.api.test_errors import UNREADABLE_FORMS
from tests.fake_llm import FakeLLM
from tests.realtime.asking import Exchange
from tests.realtime.conftest import Asker, bot, browser

QUESTION = {"message": "count to three", "room": "general", "assistant": "helper"}
PATHS = ("/api/chat", "/api/chat/stream")


async def test_the_answer_is_the_reply(ana: User, helper: User, ask: Asker):
    answer = await ask(ana, QUESTION, "/api/chat")
    told = await answer.json()

    ChatOut.model_validate(told, extra="forbid")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert told["room"] == "general"
    assert told["message"]["author"] == {"id": helper.pk, "name": "helper", "kind": "assistant"}
    assert (told["message"]["text"], told["message"]["status"]) == ("1 2 3", "complete")
    assert told["usage"] == {"prompt": 9, "completion": 3, "total": 12}


async def test_a_failure_is_an_error_with_what_is_in_the_room(ana: User, helper: User, ask: Asker, model: FakeLLM):
    model.fail_with(401, "no such key")

    answer = await ask(ana, QUESTION, "/api/chat")
    told = await answer.json()

    assert (answer.status, told["code"], told["retryable"]) == (502, "auth", False)
    assert told["message"]["status"] == "failed"
    assert "no such key" not in json.dumps(told)


@pytest.mark.parametrize("failure", [OperationalError, InterfaceError])
async def test_a_database_that_is_away_is_no_error_of_the_question(
    ana: User, helper: User, ask: Asker, monkeypatch: pytest.MonkeyPatch, failure: type[Exception]
):
    def away(*_: object, **__: object) -> None:
        raise failure("no connection")

    monkeypatch.setattr("chat.consumers.asking.ask", away)

    answer = await ask(ana, QUESTION, "/api/chat")

    assert (answer.status, (await answer.json())["code"]) == (503, "unavailable")


async def test_a_limit_that_is_used_up_says_when_to_come_again(ana: User, helper: User, ask: Asker, model: FakeLLM):
    await UsageLimit.objects.acreate(scope="person", person=ana, requests_per_minute=0)

    answer = await ask(ana, QUESTION, "/api/chat")
    told = await answer.json()

    assert (answer.status, told["code"], told["retryable"]) == (429, "limit", False)
    assert 50 < int(answer.headers["retry-after"]) <= 60
    assert told["detail"].startswith("The limit of ana is used up. Try again in ")
    assert model.requests == []


async def test_without_a_room_it_is_ones_own_direct_room_with_the_assistant(ana: User, helper: User, ask: Asker):
    first = await (await ask(ana, {"message": "hi", "assistant": "helper"}, "/api/chat")).json()
    second = await (await ask(ana, {"message": "again", "assistant": "helper"}, "/api/chat")).json()

    room = await Room.objects.aget(slug=first["room"])
    assert (room.kind, second["room"]) == ("direct", room.slug)
    assert {member.user_id async for member in room.memberships.all()} == {ana.pk, helper.pk}


async def test_without_an_assistant_the_one_answers_that_answers_there(
    ana: User, helper: User, harbour: Room, ask: Asker
):
    await sync_to_async(rooms.change_room)(room=harbour, by=ana, answering_assistant=helper.assistant)

    told = await (await ask(ana, {"message": "hi", "room": harbour.slug}, "/api/chat")).json()

    assert told["message"]["author"]["name"] == "helper"


async def test_without_anything_the_sites_default_answers(ana: User, helper: User, ask: Asker, settings: Settings):
    settings.DEFAULT_ASSISTANT = "helper"

    told = await (await ask(ana, {"message": "hi"}, "/api/chat")).json()

    assert told["message"]["author"]["name"] == "helper"


async def test_who_is_asked_answers_and_not_the_one_that_answers_everything(
    ana: User, helper: User, harbour: Room, ask: Asker, model: FakeLLM
):
    other, _ = await sync_to_async(assistants.save_assistant)(
        slug="other", provider="openai", base_url=model.url, model="fake"
    )
    await sync_to_async(rooms.add_member)(room=harbour, by=ana, user=helper)
    await sync_to_async(rooms.change_room)(room=harbour, by=ana, answering_assistant=other)

    told = await (await ask(ana, {**QUESTION, "room": harbour.slug}, "/api/chat")).json()

    assert told["message"]["author"]["name"] == "helper"
    assert await Message.objects.filter(room=harbour).acount() == 2


# --- What is refused ---


async def refusal(exchange: Exchange) -> tuple[int, str]:
    told = await exchange.json()
    assert set(told) == {"code", "detail"}
    return exchange.status, told["code"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"no json", 400, "bad_request"),
        (b"[" * 100_000, 400, "bad_request"),
        ([], 400, "bad_request"),
        ({}, 422, "invalid"),
        ({"message": 7}, 422, "invalid"),
        ({**QUESTION, "message": "  "}, 422, "empty"),
        ({**QUESTION, "message": "x" * 16_001}, 422, "too_long"),
        ({**QUESTION, "client_id": "seven"}, 422, "invalid"),
        ({**QUESTION, "room": "nowhere"}, 404, "not_found"),
        ({**QUESTION, "room": 7}, 422, "invalid"),
        ({**QUESTION, "room": "a\ud800\x00"}, 404, "not_found"),
        ({**QUESTION, "assistant": "a\ud800\x00"}, 404, "not_found"),
        ({**QUESTION, "assistant": "nobody"}, 404, "not_found"),
        ({**QUESTION, "room": "harbour"}, 404, "not_found"),
        (b" " * (256 * 1024 + 1), 413, "too_large"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    eve: User, helper: User, harbour: Room, ask: Asker, path: str, body: Any, status: int, code: str
):
    assert await refusal(await ask(eve, body, path)) == (status, code)
    assert await Message.objects.acount() == 0


async def test_an_archived_room_is_not_written_to(ana: User, helper: User, general: Room, ask: Asker):
    await sync_to_async(rooms.archive_room)(room=general, by=None)

    assert await refusal(await ask(ana, QUESTION)) == (409, "archived")


async def test_an_assistant_that_is_not_there_is_not_asked(ana: User, helper: User, harbour: Room, ask: Asker):
    assert await refusal(await ask(ana, {**QUESTION, "room": harbour.slug})) == (409, "assistant_unavailable")

    await sync_to_async(assistants.save_assistant)(slug="helper", enabled=False)

    assert await refusal(await ask(ana, QUESTION)) == (409, "assistant_unavailable")
    assert await Message.objects.acount() == 0


async def test_over_the_write_limit_one_waits(ana: User, helper: User, ask: Asker):
    for _ in range(100):
        await (await ask(ana, {**QUESTION, "room": "nowhere"})).body()

    refused = await ask(ana, QUESTION)

    assert await refusal(refused) == (429, "rate_limited")
    assert 1 <= int(refused.headers["retry-after"]) <= 10


async def test_other_methods_and_contents_are_refused(ana: User, ask: Asker):
    got = await ask(ana, method="GET")
    form = await ask(ana, QUESTION, headers={"Content-Type": "text/plain"})

    assert (await refusal(got), got.headers["allow"]) == ((405, "method_not_allowed"), "POST")
    assert await refusal(form) == (415, "unexpected_content")


@pytest.mark.parametrize("kind", UNREADABLE_FORMS)
async def test_a_form_that_nobody_can_read_is_refused_to_a_page_too(ana: User, ask: Asker, kind: str):
    page = await sync_to_async(browser)(ana)
    csrf = {"Cookie": f"{page['Cookie']}; csrftoken={'a' * 32}", "X-CSRFToken": "a" * 32}

    refused = await ask(None, QUESTION, headers={**page, **csrf, "Content-Type": kind})

    assert await refusal(refused) == (415, "unexpected_content")


async def test_without_tls_nothing_is_answered_where_the_site_has_it(
    ana: User, helper: User, ask: Asker, settings: Settings
):
    settings.SECURE_SSL_REDIRECT, settings.SITE_URL = True, "https://chat.example.org"

    answer = await ask(ana, QUESTION, query="a=b%20c")

    assert (answer.status, answer.headers["location"]) == (301, "https://chat.example.org/api/chat/stream?a=b%20c")
    assert await Message.objects.acount() == 0


async def test_strangers_are_told_to_sign_in(general: Room, ask: Asker):
    unknown = await ask(None, QUESTION, headers={"Authorization": "Bearer chat_nonsense"})
    nobody = await ask(None, QUESTION)

    assert await refusal(unknown) == await refusal(nobody) == (401, "not_signed_in")
    assert nobody.headers["www-authenticate"] == "Bearer"


async def test_a_session_needs_the_csrf_token(ana: User, helper: User, ask: Asker):
    cookies = await sync_to_async(browser)(ana)
    secret = _get_new_csrf_string()
    whole = {**cookies, "Cookie": f"{cookies['Cookie']}; {settings.CSRF_COOKIE_NAME}={secret}"}

    without = await ask(None, QUESTION, headers=whole)
    foreign = await ask(None, QUESTION, headers={**whole, "X-CSRFToken": secret, "Origin": "https://evil.example"})
    allowed = await ask(None, QUESTION, headers={**whole, "X-CSRFToken": secret})

    assert await refusal(without) == await refusal(foreign) == (403, "csrf")
    assert (await allowed.events())[-1].name == "complete"


async def test_a_closed_account_asks_nothing(ana: User, helper: User, ask: Asker):
    token = await sync_to_async(bot)(ana)
    await sync_to_async(people.deactivate)(person=ana, by=None)

    assert await refusal(await ask(None, QUESTION, headers=token)) == (401, "not_signed_in")


async def test_nothing_is_left_when_all_is_over(ana: User, helper: User, ask: Asker):
    await (await ask(ana, QUESTION, "/api/chat")).body()

    assert len(current_hub().waiting) == 0
    assert current_hub().desks == {}
