"""Many replies at once, several in one message, and those that break on an error of our own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from asgiref.sync import sync_to_async

from chat.models import Assistant, Attempt, Membership, Message, Reply, Room, User
from chat.providers import Backend, ChatRequest, Check, ProviderEvent, Text, registry
from chat.replies import worker
from chat.services import assistants
from chat.services.messages import post_message
from tests.fake_llm import FakeLLM
from tests.realtime.conftest import Opener
from tests.realtime.tabs import Tab

MANY = 100


class Broken:
    """A provider with a bug: it promises never to raise, and raises."""

    def __init__(self, backend: Backend) -> None:
        pass

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ProviderEvent, None]:
        yield Text("half of ")
        yield Text("it")
        raise RuntimeError("a bug")

    async def check(self, model: str = "") -> Check:
        return Check(True, "")


async def until_ended(count: int) -> None:
    async with asyncio.timeout(60):
        while await Reply.objects.filter(is_open=False).acount() < count:
            await asyncio.sleep(0.05)


async def test_a_hundred_replies_are_written_at_once_by_one_process(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    hold = model.hold("1 2", " 3")
    general = await Room.objects.aget(slug="general")
    await open_tab(ana, "general")

    def ask() -> None:
        for _ in range(MANY):
            post_message(room=general, author=ana, text="@helper count")

    await sync_to_async(ask)()
    await asyncio.to_thread(model.wait_for_request, MANY, seconds=60)
    assert not await Reply.objects.filter(is_open=False).aexists()
    hold.release()
    await until_ended(MANY)

    ended = {(row.status, row.text) async for row in Message.objects.filter(reply__isnull=False)}
    assert ended == {("complete", "1 2 3")}
    assert not await Reply.objects.exclude(lease_owner="").aexists()
    assert len({request.connection for request in model.requests}) == MANY
    current = worker.ensure_worker()
    assert current is not None
    assert current.busy == 0


async def test_several_who_are_named_answer_side_by_side(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    general = await Room.objects.aget(slug="general")
    with FakeLLM() as other:
        scribe, _ = await sync_to_async(assistants.save_assistant)(
            slug="scribe", provider="openai", base_url=other.url, model="m"
        )
        await Membership.objects.acreate(room=general, user=scribe.user)
        holds = [model.hold("from helper"), other.hold("from scribe")]
        tab = await open_tab(ana, "general")
        await tab.say("@scribe and @helper, what do you think?")
        await asyncio.gather(*(asyncio.to_thread(llm.wait_for_request) for llm in (model, other)))
        for hold in holds:
            hold.release()
        await until_ended(2)

    rows = Message.objects.filter(reply__isnull=False).order_by("sequence").select_related("author")
    assert [(row.author.username, row.text) async for row in rows] == [
        ("scribe", "from scribe"),
        ("helper", "from helper"),
    ]


async def failed(tab: Tab) -> tuple[str, str, Attempt]:
    """Code and words of the failure, and the attempt."""
    await tab.say("@helper count")
    error = await tab.until("control", action="error")
    attempt = await Attempt.objects.select_related("reply__message").aget()
    assert (attempt.reply.is_open, attempt.reply.lease_owner) == (False, "")
    return error["data"]["code"], error["data"]["detail"], attempt


async def test_a_row_that_cannot_be_read_ends_the_attempt_at_once(ana: User, helper: User, open_tab: Opener) -> None:
    await Assistant.objects.aupdate(headers=["no", "object"])

    code, detail, attempt = await failed(await open_tab(ana, "general"))

    assert (code, detail) == ("internal", "Something went wrong.")
    assert "AttributeError" in attempt.error_detail


async def test_a_provider_that_breaks_ends_the_attempt_with_what_was_written(
    ana: User, helper: User, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry._MAKERS, "broken", Broken)
    await Assistant.objects.aupdate(provider="broken")

    code, _, attempt = await failed(await open_tab(ana, "general"))

    assert (code, attempt.text, attempt.reply.message.text) == ("internal", "half of it", "half of it")
    assert attempt.is_retryable
