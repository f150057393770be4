from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections

from chat import limits
from chat.hub import hub
from chat.models import Assistant, Room, User
from chat.providers import close_clients
from chat.providers.dify.taking import forget_taking
from chat.providers.guard import forget_failures
from chat.providers.openai.lessons import forget_lessons
from chat.replies import worker
from chat.services import assistants, people, rooms, tokens
from tests.factories import session_of
from tests.fake_dify import FakeDify
from tests.fake_llm import FakeLLM
from tests.realtime.asking import Exchange
from tests.realtime.tabs import JSON, Tab

Opener = Callable[..., Awaitable[Tab]]
Asker = Callable[..., Awaitable[Exchange]]


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    """Of earlier tests: a port may have been another's before, which must not be held against it."""
    limits.forget()
    forget_failures()
    forget_lessons()
    forget_taking()


@pytest.fixture
def general(transactional_db: None) -> Room:
    return people.general_room()


@pytest.fixture
def ana(general: Room) -> User:
    return people.create_person(name="ana", password="correct-horse-9")


@pytest.fixture
def ben(general: Room) -> User:
    return people.create_person(name="ben", password="correct-horse-9")


@pytest.fixture
def eve(general: Room) -> User:
    """A stranger: signed in, but in no room of Ana's."""
    return people.create_person(name="eve", password="correct-horse-9")


@pytest.fixture
def harbour(ana: User, ben: User) -> Room:
    """Ana's private room, with Ben."""
    room = rooms.create_room(by=ana, name="Harbour", kind=Room.Kind.PRIVATE)
    rooms.add_member(room=room, by=ana, user=ben)
    return room


@pytest.fixture
def model() -> Iterator[FakeLLM]:
    """A model server that says what the test tells it to."""
    with FakeLLM() as llm:
        yield llm


@pytest.fixture
def helper(general: Room, model: FakeLLM) -> User:
    """An assistant of ``general`` that speaks to that model."""
    assistant, _ = assistants.save_assistant(slug="helper", provider="openai", base_url=model.url, model="fake")
    rooms.add_member(room=general, by=None, user=assistant.user)
    return assistant.user


@pytest.fixture
def dify() -> Iterator[FakeDify]:
    """A server of Dify's that does what the test tells it to."""
    with FakeDify() as server:
        yield server


@pytest.fixture
def support(general: Room, dify: FakeDify) -> Assistant:
    """An app of that server, as an assistant of ``general``."""
    assistant, _ = assistants.save_assistant(
        slug="support", provider="dify", base_url=dify.url, prompt="Be kind.", sees_images=True
    )
    rooms.add_member(room=general, by=None, user=assistant.user)
    return assistant


def browser(user: User, origin: str = "http://testserver") -> dict[str, str]:
    cookie = f"{settings.SESSION_COOKIE_NAME}={session_of(user)}"
    return {"Host": "testserver", "Origin": origin, "Cookie": cookie}


def bot(user: User) -> dict[str, str]:
    return {"Host": "testserver", "Authorization": f"Bearer {tokens.create_token(user=user)[1]}"}


@pytest.fixture
async def open_tab() -> AsyncIterator[Opener]:
    """``await open_tab(ana, "general")``; all tabs, and what runs beside them, end with the test."""
    tabs: list[Tab] = []

    async def open_(user: User, room: str, dialect: str | None = JSON, **headers: str) -> Tab:
        tab = Tab(room, headers or await sync_to_async(browser)(user), dialect)
        tabs.append(tab)
        return await tab.open()

    yield open_
    for tab in tabs:
        await tab.close()
    await end_everything()


@pytest.fixture
async def ask(open_tab: Opener) -> AsyncIterator[Asker]:
    """``await ask(ana, {"message": …}, path="/api/chat")`` with a token of hers; all lines end with the test."""
    lines: list[Exchange] = []

    async def ask_(
        user: User | None, body: object = b"", path: str = "/api/chat/stream", method: str = "POST", **given: Any
    ) -> Exchange:
        who = await sync_to_async(bot)(user) if user else {"Host": "testserver"}
        headers = {**who, "Content-Type": "application/json", **given.pop("headers", {})}
        lines.append(Exchange(path, headers, method=method, **given))
        return await lines[-1].ask(body)

    yield ask_
    for line in lines:
        await line.hang_up()


async def end_everything() -> None:
    await worker.stop_workers()
    await hub.stop_hubs()
    await close_clients()
    await sync_to_async(connections.close_all)()  # of the thread that the tests' own queries share
