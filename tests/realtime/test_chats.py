"""A chat's title, as the tabs of its person hear of it."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from pytest_django import Settings

from chat.models import Room, UsageRecord, User
from chat.replies import worker
from chat.services import rooms
from chat.services.chats import delete_chat, new_chat
from tests.factories import make_message
from tests.fake_llm import FakeLLM, Hold, Script, ending, error, stream_of, tokens_of
from tests.realtime.conftest import Opener
from tests.realtime.tabs import Tab


@pytest_asyncio.fixture
async def chat(ana: User, helper: User) -> Room:
    return await sync_to_async(lambda: new_chat(by=ana, assistant=helper.assistant))()


async def begin(tab: Tab, text: str = "What grows in shade? It is dry.") -> None:
    await tab.say(text)
    await tab.until("control", action="end")


async def test_the_first_words_name_a_chat_at_once_in_every_tab(ana: User, chat: Room, open_tab: Opener) -> None:
    here, there = await open_tab(ana, chat.slug), await open_tab(ana, "general")

    await here.say("What grows in shade? It is dry.")

    assert (await here.until("room"))["room"]["name"] == "What grows in shade?"
    await here.until("message.created")
    await there.until("rooms")


async def test_its_assistant_is_asked_for_a_title_once(
    ana: User, chat: Room, model: FakeLLM, open_tab: Opener, settings: Settings
) -> None:
    settings.CHAT_TITLES = "assistant"
    model.answer(
        Script(stream_of("Ferns do.")), Script(stream_of('"Plants for **dry shade**."')), Script(stream_of("ok"))
    )
    here, there = await open_tab(ana, chat.slug), await open_tab(ana, "general")

    await begin(here)
    await here.until("room", room={**SHOWN, "slug": chat.slug, "name": "Plants for dry shade"})
    await there.until("rooms")
    await begin(here, "and in the sun?")
    await sync_to_async(chat.refresh_from_db)()

    _first, asked, _second = [request.json["messages"] for request in model.requests]
    assert "What grows in shade?" in asked[-1]["content"]
    assert "Ferns do." in asked[-1]["content"]
    assert chat.name == "Plants for dry shade"
    assert await UsageRecord.objects.filter(state="settled", person=ana).acount() == 3


@pytest.mark.parametrize(
    "answer", [error(401), Script([*ending()]), Script(stream_of("🙂"))], ids=["refused", "empty", "none"]
)
async def test_without_a_usable_answer_the_first_words_stay(
    ana: User, chat: Room, model: FakeLLM, open_tab: Opener, settings: Settings, answer: Script
) -> None:
    settings.CHAT_TITLES = "assistant"
    model.answer(Script(stream_of("Ferns do.")), answer)
    here = await open_tab(ana, chat.slug)

    await begin(here)
    await _until_asked(model, 2)
    await _until_paid()
    await sync_to_async(chat.refresh_from_db)()

    assert (chat.name, chat.is_untitled) == ("What grows in shade?", False)


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_title_that_is_never_finished_is_none_and_is_paid_for_as_far_as_it_came(
    ana: User,
    chat: Room,
    model: FakeLLM,
    open_tab: Opener,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    is_restarted: bool,
) -> None:
    settings.CHAT_TITLES = "assistant"
    monkeypatch.setattr("chat.replies.titling.TITLE_SECONDS", 20 if is_restarted else 0.5)
    hold = Hold()
    model.answer(Script(stream_of("Ferns do.")), Script([*tokens_of("Plants for"), hold.event]))
    here = await open_tab(ana, chat.slug)

    await begin(here)
    await _until_asked(model, 2)
    await asyncio.sleep(0.2)
    if is_restarted:
        await worker.stop_workers()
    await _until_paid()
    hold.release()
    await sync_to_async(chat.refresh_from_db)()

    assert chat.name == "What grows in shade?"
    asked = await UsageRecord.objects.alatest("pk")
    assert (asked.state, asked.reserved_tokens, asked.is_estimated) == ("settled", 0, True)
    assert asked.completion_tokens > 0


async def test_a_name_that_was_given_meanwhile_stays(
    ana: User, chat: Room, model: FakeLLM, open_tab: Opener, settings: Settings
) -> None:
    settings.CHAT_TITLES = "assistant"
    hold = Hold()
    model.answer(Script(stream_of("Ferns do.")), Script([hold.event, *tokens_of("Too late"), *ending()]))
    here = await open_tab(ana, chat.slug)
    await begin(here)
    await _until_asked(model, 2)

    await sync_to_async(rooms.change_room)(room=chat, by=ana, name="My garden")
    await here.until("room")
    hold.release()
    await _until_paid()
    await sync_to_async(make_message)(chat, ana, "one more")
    await here.until("message.created")
    assert [frame["room"]["name"] for frame in here.seen if frame["type"] == "room"][-1] == "My garden"
    await sync_to_async(chat.refresh_from_db)()

    assert chat.name == "My garden"


async def test_a_deleted_chat_closes_on_every_screen_and_stops_what_is_written(
    ana: User, chat: Room, model: FakeLLM, open_tab: Opener
) -> None:
    hold = Hold()
    model.answer(Script([*tokens_of("the beginning"), hold.event, *tokens_of("the end"), *ending()]))
    here, there = await open_tab(ana, chat.slug), await open_tab(ana, "general")
    await here.say("tell me")
    await here.until("token")

    await sync_to_async(delete_chat)(room=chat, by=ana)

    assert (await here.until_closed()).code == 4404
    await there.until("rooms")
    assert await asyncio.to_thread(model.requests[0].was_abandoned.wait, 10)
    hold.release()
    assert not await chat.messages.exclude(text="").aexists()


SHOWN = {"kind": "private", "topic": "", "archived": False, "members": 2}


async def _until_paid() -> None:
    """What a request cost is concluded when all else about it is done."""
    while await UsageRecord.objects.filter(state="reserved").aexists():
        await asyncio.sleep(0.02)


async def _until_asked(model: FakeLLM, times: int) -> None:
    await asyncio.to_thread(model.wait_for_request, times)
