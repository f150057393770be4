"""What the OpenAI front refuses, and what fails behind it, as the real client of OpenAI hears it."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from asgiref.sync import sync_to_async
from openai import AsyncOpenAI

from chat.models import Assistant, Room, SiteSettings, UsageLimit, UsageRecord, User
from chat.replies.capacity import limit_of
from tests.fake_llm import FakeLLM, Script, chunk, ending, error, tokens_of
from tests.realtime.asking import Exchange
from tests.realtime.conftest import Asker, Opener, browser
from tests.realtime.openai_client import client_of, other_of, record
from tests.realtime.test_openai_front import ASKED, client

__all__ = ["client"]


def user_says(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(parts)}]


def picture(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


@pytest.mark.parametrize(
    ("status", "message", "refusal", "code"),
    [
        (429, "slow down", openai.RateLimitError, "rate_limit_exceeded"),
        (400, "This model's maximum context length is 10 tokens", openai.BadRequestError, "context_length_exceeded"),
        (401, "bad key sk-secret", openai.InternalServerError, "auth"),
        (500, "oops", openai.InternalServerError, "server"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_failure_has_openais_shape(
    client: AsyncOpenAI,
    helper: User,
    model: FakeLLM,
    status: int,
    message: str,
    refusal: type[openai.APIStatusError],
    code: str,
    stream: bool,
):
    model.fail_with(status, message, retry_after="0")

    with pytest.raises(refusal) as refused:
        await client.chat.completions.create(model="helper", messages=ASKED, stream=stream)

    assert refused.value.code == code
    assert "sk-secret" not in str(refused.value)
    assert (await record()).state == "released"


async def test_a_failure_in_the_middle_ends_the_stream_with_an_error(client: AsyncOpenAI, helper: User, model: FakeLLM):
    model.answer(Script(list(tokens_of("one two")), end="reset"))

    stream = await client.chat.completions.create(model="helper", messages=ASKED, stream=True)
    with pytest.raises(openai.APIError, match=r"broke off|connection"):
        async for _ in stream:
            pass

    assert (await record()).state == "settled"


@pytest.mark.parametrize("status", [401, 503])
async def test_another_assistant_stands_in(client: AsyncOpenAI, helper: User, model: FakeLLM, status: int):
    other = await other_of(helper)
    await sync_to_async(lambda: set_fallback(helper, other))()
    model.answer(error(status, x_should_retry="false"), Script([*tokens_of("from the other"), *ending()]))

    answer = await client.chat.completions.create(model="helper", messages=ASKED)

    assert (answer.model, answer.choices[0].message.content) == ("other", "from the other")
    states = [
        (row.assistant.slug, row.state)
        async for row in UsageRecord.objects.select_related("assistant__user").order_by("pk")
    ]
    assert states == [("helper", "released"), ("other", "settled")]


async def test_what_one_of_them_counted_is_not_charged_to_the_other(client: AsyncOpenAI, helper: User, model: FakeLLM):
    other = await other_of(helper)
    await sync_to_async(lambda: set_fallback(helper, other))()
    wordless = Script(ending(prompt=7_000, completion=1))
    model.answer(wordless, wordless, Script([*tokens_of("a word"), chunk("stop"), b"data: [DONE]\n\n"]))

    await client.chat.completions.create(model="helper", messages=ASKED)

    first, second = [row async for row in UsageRecord.objects.order_by("pk")]
    assert (first.prompt_tokens, first.completion_tokens) == (14_000, 2)  # it was asked twice
    assert 0 < second.prompt_tokens < 100
    assert second.is_estimated


async def test_who_has_left_stands_in_for_nobody(client: AsyncOpenAI, helper: User, model: FakeLLM):
    other = await other_of(helper)
    await sync_to_async(lambda: set_fallback(helper, other))()
    await User.objects.filter(username="other").aupdate(is_active=False)
    model.fail_with(503, "no room", x_should_retry="false")

    with pytest.raises(openai.APIStatusError):
        await client.chat.completions.create(model="helper", messages=ASKED)

    assert len(model.requests) == 1


async def test_where_all_fail_the_first_failure_is_told(client: AsyncOpenAI, helper: User, model: FakeLLM):
    other = await other_of(helper)
    await sync_to_async(lambda: set_fallback(helper, other))()
    await sync_to_async(lambda: set_fallback(other, helper))()
    model.answer(error(401), error(402))

    with pytest.raises(openai.InternalServerError) as refused:
        await client.chat.completions.create(model="helper", messages=ASKED)

    assert refused.value.code == "auth"
    assert len(model.requests) == 2
    assert await UsageRecord.objects.filter(state="released").acount() == 2


async def test_what_is_asked_outside_counts_in_the_line_of_rooms(client: AsyncOpenAI, helper: User, model: FakeLLM):
    await sync_to_async(lambda: set_at_once(helper, 1))()
    hold = model.hold("one", " two")
    stream = await client.chat.completions.create(model="helper", messages=ASKED, stream=True)
    back_end = await sync_to_async(lambda: limit_of(helper.assistant))()
    assert back_end is not None

    while_it_runs = await sync_to_async(lambda: back_end.room_left)()
    hold.release()
    async for _ in stream:
        pass

    assert (while_it_runs, await sync_to_async(lambda: back_end.room_left)()) == (0, 1)


async def test_a_limit_that_is_used_up_is_told(client: AsyncOpenAI, ana: User, helper: User, model: FakeLLM):
    await UsageLimit.objects.acreate(scope="person", person=ana, tokens_per_day=10)

    with pytest.raises(openai.RateLimitError, match="tokens today") as refused:
        await client.chat.completions.create(model="helper", messages=ASKED)

    assert (refused.value.code, refused.value.response.headers["x-should-retry"]) == ("insufficient_quota", "false")
    assert int(refused.value.response.headers["retry-after"]) > 0
    assert model.requests == []


async def test_who_is_set_up_for_no_provider_there_is_is_not_asked(client: AsyncOpenAI, helper: User, model: FakeLLM):
    await Assistant.objects.filter(user=helper).aupdate(provider="nowhere")

    with pytest.raises(openai.PermissionDeniedError, match="not set up correctly"):
        await client.chat.completions.create(model="helper", messages=ASKED)

    assert not await UsageRecord.objects.aexists()


async def test_switched_off_means_nobody_answers(client: AsyncOpenAI, helper: User, model: FakeLLM):
    await SiteSettings.objects.acreate(pk=1, has_assistants=False)

    with pytest.raises(openai.PermissionDeniedError, match="switched off"):
        await client.chat.completions.create(model="helper", messages=ASKED)

    assert model.requests == []


async def test_a_back_end_writes_so_many_answers_at_once(client: AsyncOpenAI, helper: User, model: FakeLLM):
    await sync_to_async(lambda: set_at_once(helper, 1))()
    hold = model.hold("one", " two")
    first = await client.chat.completions.create(model="helper", messages=ASKED, stream=True)

    with pytest.raises(openai.InternalServerError) as refused:
        await client.chat.completions.create(model="helper", messages=ASKED)
    hold.release()

    assert (refused.value.status_code, refused.value.code) == (503, "busy")
    assert "".join([part.choices[0].delta.content or "" async for part in first]) == "one two"


async def test_an_unknown_key_is_refused(general: Room, helper: User, open_tab: Opener):
    async with client_of("chat_nonsense") as stranger:
        with pytest.raises(openai.AuthenticationError) as refused:
            await stranger.models.list()

    assert refused.value.code == "invalid_api_key"


async def test_a_session_opens_nothing(ana: User, helper: User, ask: Asker):
    exchange = await ask(None, path="/v1/models", method="GET", headers=await sync_to_async(browser)(ana))

    assert exchange.status == 401


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"model": 7}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "system", "content": "Be short."}]}, "messages"),
        ({"messages": ["hello"]}, "messages[0]"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "messages[0].content[0]"),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://a/b.png"}}]}
                ]
            },
            "messages[0].content[0]",
        ),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,%"}}],
                    }
                ]
            },
            "messages[0].content[0]",
        ),
        ({"temperature": 3}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"n": 2}, "n"),
        ({"stop": [""]}, "stop"),
        ({"stop": ["x"] * 17}, "stop"),
        ({"top_p": 1.5}, "top_p"),
        ({"seed": "7"}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"presence_penalty": True}, "presence_penalty"),
        ({"response_format": "json"}, "response_format"),
        ({"reasoning_effort": "enormous"}, "reasoning_effort"),
        ({"stream_options": 7}, "stream_options"),
        ({"stream": "yes"}, "stream"),
        ({"stream": True, "stream_options": {"include_usage": 1}}, "stream_options.include_usage"),
    ],
)
async def test_what_makes_no_sense_is_named(
    ana: User, helper: User, ask: Asker, changed: dict[str, object], param: str
):
    exchange = await ask(ana, {"model": "helper", "messages": ASKED, **changed}, "/v1/chat/completions")

    error = (await exchange.json())["error"]
    assert (exchange.status, error["param"], error["type"]) == (400, param, "invalid_request_error")


async def test_what_we_do_not_know_is_ignored(ana: User, helper: User, ask: Asker):
    whatever = {"user": "u-1", "logit_bias": {}, "seed": 7, "response_format": {"type": "text"}, "stream": None}

    exchange = await ask(ana, {"model": "HELPER", "messages": ASKED, **whatever}, "/v1/chat/completions")

    assert exchange.status == 200


async def test_other_addresses_and_contents_are_refused_in_openais_shape(ana: User, helper: User, ask: Asker):
    async def said(exchange: Exchange) -> tuple[int, str]:
        return exchange.status, (await exchange.json())["error"]["code"]

    odd = {"model": "a\ud800\x00", "messages": ASKED}
    assert await said(await ask(ana, odd, "/v1/chat/completions")) == (404, "model_not_found")
    assert await said(await ask(ana, b"", "/v1/models/a\x00b", "GET")) == (404, "model_not_found")
    assert await said(await ask(ana, {}, "/v1/embeddings")) == (404, "not_found")
    assert await said(await ask(ana, b"", "/v1", "GET")) == (404, "not_found")
    assert await said(await ask(ana, b"no json", "/v1/chat/completions")) == (400, "bad_request")
    assert await said(await ask(ana, {}, "/v1/chat/completions", "GET")) == (405, "method_not_allowed")
    assert await said(await ask(ana, {"model": "nobody", "messages": ASKED}, "/v1/chat/completions")) == (
        404,
        "model_not_found",
    )


def set_fallback(helper: User, other: User) -> None:
    helper.assistant.fallback = other.assistant
    helper.assistant.save()


def set_at_once(helper: User, count: int) -> None:
    helper.assistant.at_once = count
    helper.assistant.save()
