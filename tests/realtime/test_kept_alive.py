"""A line over which nothing comes for a while says that it is alive: what stands between ends those that do not."""

from __future__ import annotations

import json

import pytest

from chat.models import User
from tests.fake_llm import FakeLLM
from tests.realtime.asking import Exchange
from tests.realtime.conftest import Asker

ALIVE = ": keep-alive"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for of in ("events", "asking", "front.completions"):
        monkeypatch.setattr(f"chat.consumers.{of}.KEEP_ALIVE_SECONDS", 0.05)


async def quiet(line: Exchange) -> list[str]:
    return [await line.block() for _ in range(3)]


async def test_where_a_room_is_watched(ana: User, ask: Asker) -> None:
    line = await ask(ana, path="/rooms/general/events/", method="GET")
    while not (await line.block()).startswith("event: synced"):
        pass

    assert await quiet(line) == [ALIVE] * 3


async def test_where_a_reply_is_waited_for(ana: User, helper: User, ask: Asker, model: FakeLLM) -> None:
    hold = model.hold("", "one two")

    line = await ask(ana, {"message": "count", "room": "general", "assistant": "helper"})
    assert await quiet(line) == [ALIVE] * 3
    hold.release()

    words = [event.content["content"] for event in await line.events() if event.name == "message"]
    assert "".join(words) == "one two"


async def test_where_a_model_is_asked(ana: User, helper: User, ask: Asker, model: FakeLLM) -> None:
    hold = model.hold("", "one two")
    question = {"model": "helper", "stream": True, "messages": [{"role": "user", "content": "count"}]}

    line = await ask(ana, question, "/v1/chat/completions")
    assert [block for block in await quiet(line) if block.startswith(":")][-2:] == [ALIVE] * 2
    hold.release()

    told = [block.removeprefix("data: ") for block in await blocks(line) if block.startswith("data: {")]
    assert "".join(json.loads(chunk)["choices"][0]["delta"].get("content", "") for chunk in told) == "one two"


async def blocks(line: Exchange) -> list[str]:
    found: list[str] = []
    while block := await line.block():
        found.append(block)
    return found
