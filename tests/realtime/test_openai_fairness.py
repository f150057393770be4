"""One busy client of the OpenAI front costs the others nothing."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from asgiref.sync import sync_to_async
from openai import AsyncOpenAI

from chat import limits
from chat.models import Assistant, UsageRecord, User
from chat.services import completions, tokens
from tests.drawing import noise
from tests.fake_llm import FakeLLM, Script, tokens_of
from tests.realtime.asking import Exchange
from tests.realtime.conftest import Asker
from tests.realtime.test_openai_front import client

__all__ = ["client"]


HELLO = {"type": "text", "text": "hello"}


def user_says(*parts: dict[str, Any]) -> Any:
    return [{"role": "user", "content": list(parts)}]


async def headers_of(user: User) -> dict[str, str]:
    _, secret = await sync_to_async(tokens.create_token)(user=user)
    return {"host": "testserver", "authorization": f"Bearer {secret}", "content-type": "application/json"}


async def test_what_no_window_could_hold_is_refused_before_it_is_counted(
    client: AsyncOpenAI, helper: User, model: FakeLLM, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(completions, "_tokens", lambda turn: pytest.fail("of megabytes that takes half a second"))
    await Assistant.objects.aupdate(context_tokens=2_000)

    asked = user_says({"type": "text", "text": "word " * 20_000})
    with pytest.raises(openai.BadRequestError, match="too long for this model") as refused:
        await client.chat.completions.create(model="helper", messages=asked)

    assert refused.value.code == "context_length_exceeded"
    assert (model.requests, await UsageRecord.objects.aexists()) == ([], False)


async def test_a_picture_is_no_words(client: AsyncOpenAI, helper: User, model: FakeLLM):
    await Assistant.objects.aupdate(context_tokens=2_000, sees_images=True)
    content = noise("PNG", 200, 200)
    assert len(content) > 2_000 * 8 + completions.BESIDE_THE_WINDOW

    url = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    asked = user_says({"type": "image_url", "image_url": {"url": url}})
    answer = await client.chat.completions.create(model="helper", messages=asked)

    assert answer.choices[0].message.content == "1 2 3"


@pytest.mark.parametrize(
    ("own", "named", "set_aside"), [(None, 10_000_000, 1_000), (None, 70, 70), (300, 9_000, 300), (300, None, 300)]
)
async def test_no_more_is_set_aside_for_an_answer_than_is_usual_whatever_its_asker_names(
    client: AsyncOpenAI, helper: User, model: FakeLLM, own: int | None, named: int | None, set_aside: int
):
    await Assistant.objects.aupdate(max_tokens=own)
    model.answer(Script([*tokens_of("one two"), 30.0]))

    stream = await client.chat.completions.create(
        model="helper", messages=user_says(HELLO), stream=True, max_tokens=named
    )
    record = await UsageRecord.objects.aget()

    assert record.reserved_tokens - record.prompt_tokens == set_aside
    assert model.requests[0].json["max_tokens"] == min(one for one in (own, named) if one)
    await stream.close()


async def test_while_it_is_answered_nobody_keeps_what_was_sent(ana: User, helper: User, model: FakeLLM):
    model.answer(Script([*tokens_of("one two"), 30.0]))
    said = {"model": "helper", "stream": True, "messages": user_says(HELLO)}
    body = json.dumps({**said, "metadata": "x" * 100_000}).encode()
    before = sys.getrefcount(body)

    exchange = Exchange("/v1/chat/completions", await headers_of(ana))
    await exchange.ask(body)
    await exchange.event()
    await asyncio.sleep(0.05)

    assert sys.getrefcount(body) == before
    await exchange.hang_up()


async def test_one_person_has_so_many_answers_at_once_and_others_have_theirs(
    ana: User, ben: User, helper: User, model: FakeLLM, monkeypatch: pytest.MonkeyPatch, ask: Asker
):
    monkeypatch.setattr(limits.ANSWERS, "most", 2)
    model.answer(*[Script([*tokens_of("one two"), 30.0])] * 9)
    said = {"model": "helper", "stream": True, "messages": user_says(HELLO)}
    body = json.dumps(said).encode()
    hers, his = await headers_of(ana), await headers_of(ben)

    first = await Exchange("/v1/chat/completions", hers).ask(body)
    second = await ask(ana, {"message": "hello", "assistant": "helper"})
    third = await Exchange("/v1/chat/completions", hers).ask(body)
    fourth = await ask(ana, {"message": "hello", "assistant": "helper"}, path="/api/chat")
    other = await Exchange("/v1/chat/completions", his).ask(body)

    answers = (first, second, third, fourth, other)
    assert [answer.status for answer in answers] == [200, 200, 429, 429, 200]
    assert (await third.json())["error"]["code"] == "rate_limit_exceeded"
    assert (await fourth.json())["code"] == "rate_limited"
    assert third.headers["retry-after"] == fourth.headers["retry-after"] == "5"
    await first.hang_up()
    again = await Exchange("/v1/chat/completions", hers).ask(body)
    assert again.status == 200
    for answer in (again, other):
        await answer.hang_up()


async def test_who_goes_before_the_first_step_leaves_nothing_set_aside(
    ana: User, helper: User, model: FakeLLM, monkeypatch: pytest.MonkeyPatch
):
    stands_still = asyncio.Event()

    async def before_it_begins(events: object, seconds: float) -> AsyncIterator[None]:
        stands_still.set()
        await asyncio.sleep(60)
        yield None

    monkeypatch.setattr("chat.consumers.front.completions.with_pauses", before_it_begins)
    exchange = Exchange("/v1/chat/completions", await headers_of(ana))
    asking = asyncio.ensure_future(exchange.ask({"model": "helper", "messages": user_says(HELLO)}))
    await stands_still.wait()
    assert (await UsageRecord.objects.aget()).state == "reserved"

    await exchange.hang_up()

    assert (await UsageRecord.objects.aget()).state == "released"
    asking.cancel()
