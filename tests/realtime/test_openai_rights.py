"""Who may no longer ask is answered no further, in the middle of an answer too."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import openai
import pytest
from asgiref.sync import sync_to_async
from openai import AsyncOpenAI
from pytest_django import Settings

from chat.hub import current_hub, guests
from chat.models import ApiToken, User
from chat.services import assistants, people, sites, tokens
from tests.fake_llm import FakeLLM
from tests.realtime.openai_client import record
from tests.realtime.test_openai_front import ASKED, client

__all__ = ["client"]

Take = Callable[[User, User], object]


def token_is_revoked(ana: User, helper: User) -> None:
    tokens.revoke_token(token=ana.tokens.get(), by=ana)


def account_is_closed(ana: User, helper: User) -> None:
    people.deactivate(person=ana, by=None)


def site_is_switched_off(ana: User, helper: User) -> None:
    sites.switch_assistants(on=False, by=people.create_person(name="root", is_staff=True))


def assistant_is_switched_off(ana: User, helper: User) -> None:
    assistants.save_assistant(slug=helper.username, enabled=False)


def assistant_is_closed(ana: User, helper: User) -> None:
    people.deactivate(person=helper, by=None)


@pytest.mark.parametrize(
    ("take", "code"),
    [
        (token_is_revoked, "invalid_api_key"),
        (account_is_closed, "invalid_api_key"),
        (site_is_switched_off, "assistant_unavailable"),
        (assistant_is_switched_off, "assistant_unavailable"),
        (assistant_is_closed, "assistant_unavailable"),
    ],
)
async def test_a_stream_ends_and_the_model_is_stopped(
    client: AsyncOpenAI, ana: User, helper: User, model: FakeLLM, take: Take, code: str
):
    model.hold("one two", " three")
    stream = await client.chat.completions.create(model="helper", messages=ASKED, stream=True)

    async for part in stream:
        if part.choices[0].delta.content == "one two":
            break
    await sync_to_async(take)(ana, helper)

    with pytest.raises(openai.APIError) as refused:
        await anext(stream)
    assert refused.value.code == code
    assert await asyncio.to_thread(model.requests[0].was_abandoned.wait, 10)
    kept = await record()
    assert (kept.state, kept.is_estimated, kept.completion_tokens > 0) == ("settled", True, True)


async def test_who_waits_for_the_whole_is_refused(client: AsyncOpenAI, ana: User, helper: User, model: FakeLLM):
    model.hold("one two", " three")
    asking = asyncio.create_task(client.chat.completions.create(model="helper", messages=ASKED))
    await asyncio.to_thread(model.wait_for_request)

    await sync_to_async(token_is_revoked)(ana, helper)

    with pytest.raises(openai.AuthenticationError):
        await asking


async def test_what_ends_while_the_answer_is_prepared_is_not_overheard(
    client: AsyncOpenAI, ana: User, helper: User, model: FakeLLM, settings: Settings
):
    """Between the look at who asks and the moment from which an announcement would find them."""
    heard = threading.Event()
    current_hub().on("access", lambda event: heard.set())

    def revoked_meanwhile(variable: str) -> str:
        token_is_revoked(ana, helper)
        return str(heard.wait(10))

    settings.READ_SECRET = revoked_meanwhile
    await sync_to_async(assistants.save_assistant)(slug="helper", key_env="ACME_KEY")
    heard.clear()
    model.hold("one two", " three")

    with pytest.raises(openai.AuthenticationError):
        async with asyncio.timeout(15):
            await client.chat.completions.create(model="helper", messages=ASKED)


async def test_somebody_else_is_answered_on(client: AsyncOpenAI, ana: User, ben: User, helper: User, model: FakeLLM):
    hold = model.hold("one two", " three")
    stream = await client.chat.completions.create(model="helper", messages=ASKED, stream=True)
    said = []

    async for part in stream:
        said.append(part.choices[0].delta.content or "")
        if said[-1] == "one two":
            await sync_to_async(account_is_closed)(ben, helper)
            hold.release()

    assert "".join(said) == "one two three"


async def test_what_nobody_announced_is_found_by_the_clock(
    client: AsyncOpenAI, ana: User, helper: User, model: FakeLLM, monkeypatch: pytest.MonkeyPatch
):
    """The broker may lose it, and a row may be changed by hand."""
    monkeypatch.setattr(guests, "RECHECK_SECONDS", 0.0)
    model.hold("one two", " three")
    stream = await client.chat.completions.create(model="helper", messages=ASKED, stream=True)

    await ApiToken.objects.all().adelete()

    with pytest.raises(openai.APIError):
        _ = [part async for part in stream]
    assert len(current_hub().guests) == 0
