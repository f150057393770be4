"""The site's assistants as models, asked by the real client of OpenAI."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator

import openai
import pytest
from asgiref.sync import sync_to_async
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionContentPartParam, ChatCompletionMessageParam

from chat.models import Message, Room, User
from chat.services import assistants, tokens
from tests.drawing import drawn, opened
from tests.fake_llm import FakeLLM, Script, chunk, ending, error, tokens_of
from tests.realtime.conftest import Asker, Opener
from tests.realtime.openai_client import Line, client_of, other_of, record

ASKED: list[ChatCompletionMessageParam] = [
    {"role": "system", "content": "Be short."},
    {"role": "user", "content": "count to three"},
]


@pytest.fixture
async def client(ana: User, open_tab: Opener) -> AsyncIterator[AsyncOpenAI]:
    """With Ana's token."""
    _, secret = await sync_to_async(tokens.create_token)(user=ana)
    async with client_of(secret) as client:
        yield client


async def change(helper: User, **fields: object) -> None:
    await sync_to_async(assistants.save_assistant)(slug=helper.username, **fields)


async def test_the_assistants_are_the_models(client: AsyncOpenAI, helper: User):
    await change(await other_of(helper), enabled=False)

    listed = [model.id async for model in client.models.list()]
    one = await client.models.retrieve("helper")

    assert listed == ["helper"]
    assert (one.id, one.object) == ("helper", "model")
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("other")


async def test_an_answer_comes_whole(client: AsyncOpenAI, ana: User, helper: User, model: FakeLLM):
    await change(helper, prompt="You are Helper. Today is {date}.")

    answer = await client.chat.completions.create(model="helper", messages=ASKED, temperature=0.5, max_tokens=70)

    (choice,) = answer.choices
    assert re.fullmatch(r"[0-9a-f]{32}", answer._request_id or ""), "one id, that of the line in the log"
    assert (choice.message.role, choice.message.content, choice.finish_reason) == ("assistant", "1 2 3", "stop")
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (9, 3, 12)
    asked = model.requests[0].json
    assert (asked["temperature"], asked["max_tokens"], asked["model"]) == (0.5, 70, "fake")
    system, user = asked["messages"]
    assert system["content"].startswith("You are Helper. Today is ")
    assert system["content"].endswith("Be short.")
    assert user == {"role": "user", "content": "count to three"}


async def test_nothing_is_kept_but_what_it_cost(client: AsyncOpenAI, ana: User, helper: User):
    await client.chat.completions.create(model="helper", messages=ASKED)

    kept = await record()
    assert (kept.source, kept.state, kept.room_id) == ("openai", "settled", None)
    assert (kept.person.username, kept.assistant.slug) == ("ana", "helper")
    assert (kept.prompt_tokens, kept.completion_tokens) == (9, 3)
    assert await Message.objects.acount() == 0
    assert await Room.objects.acount() == 1


async def test_an_answer_comes_word_by_word(client: AsyncOpenAI, helper: User, model: FakeLLM):
    hold = model.hold("one two", " three")

    stream = await client.chat.completions.create(
        model="helper", messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    words, usage, finish = [], None, None
    async for part in stream:
        usage = part.usage or usage
        for choice in part.choices:
            words.append(choice.delta.content or "")
            finish = choice.finish_reason or finish
        if "".join(words) == "one two":
            hold.release()

    assert "".join(words) == "one two three"
    assert len(words) >= 4
    assert finish == "stop"
    assert usage is not None
    assert usage.total_tokens == 12


async def test_usage_is_told_only_to_who_wants_it(client: AsyncOpenAI, helper: User):
    stream = await client.chat.completions.create(model="helper", messages=ASKED, stream=True)

    assert [part.usage async for part in stream if part.usage or not part.choices] == []


async def test_who_hangs_up_stops_the_model_and_pays_for_what_was_written(
    client: AsyncOpenAI, helper: User, model: FakeLLM
):
    model.hold("one two", " three")
    stream = await client.chat.completions.create(model="helper", messages=ASKED, stream=True)
    async for part in stream:
        if part.choices[0].delta.content == "one two":
            break

    await stream.close()

    request = model.requests[0]
    assert await asyncio.to_thread(request.was_abandoned.wait, 10)
    kept = await record()
    assert (kept.state, kept.is_estimated) == ("settled", True)
    assert kept.completion_tokens > 0


async def test_who_hangs_up_before_the_first_word_pays_for_the_question(
    client: AsyncOpenAI, helper: User, model: FakeLLM, ana: User, ask: Asker
):
    model.hold("", "one")
    _, secret = await sync_to_async(tokens.create_token)(user=ana)
    line = Line()
    async with client_of(secret, line) as other:
        asking = asyncio.create_task(other.chat.completions.create(model="helper", messages=ASKED))
        request = await asyncio.to_thread(model.wait_for_request)

        await line.exchanges[0].hang_up()

        assert await asyncio.to_thread(request.was_abandoned.wait, 10)
        asking.cancel()
        await asyncio.wait({asking})
    assert (await record()).state == "settled"


def picture_of(content: bytes, form: str = "png") -> list[ChatCompletionMessageParam]:
    url = f"data:image/{form};base64,{base64.b64encode(content).decode()}"
    parts: list[ChatCompletionContentPartParam] = [
        {"type": "text", "text": "what is this?"},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    return [{"role": "user", "content": parts}]


async def test_pictures_go_along_with_who_sees_them(client: AsyncOpenAI, helper: User, model: FakeLLM):
    await change(helper, sees_images=True)
    asked = picture_of(drawn("PNG"))

    await client.chat.completions.create(model="helper", messages=asked)

    assert model.requests[0].json["messages"] == asked
    await change(helper, sees_images=False)
    with pytest.raises(openai.BadRequestError, match="sees no pictures"):
        await client.chat.completions.create(model="helper", messages=asked)


async def test_a_large_picture_goes_along_smaller_and_is_counted(client: AsyncOpenAI, helper: User, model: FakeLLM):
    await change(helper, sees_images=True)
    model.answer(Script([*tokens_of("a cat"), chunk("stop"), b"data: [DONE]\n\n"]))

    answer = await client.chat.completions.create(
        model="helper", messages=picture_of(drawn("WEBP", 2000, 1500), "webp")
    )

    sent = model.requests[0].json["messages"][0]["content"][1]["image_url"]["url"]
    kind, _, encoded = sent.partition(",")
    assert (kind, opened(base64.b64decode(encoded)).size) == ("data:image/jpeg;base64", (1568, 1176))
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 56 * 42


async def test_what_is_no_picture_is_asked_of_nobody(client: AsyncOpenAI, helper: User, model: FakeLLM):
    await change(helper, sees_images=True)

    with pytest.raises(openai.BadRequestError, match="A picture cannot be opened"):
        await client.chat.completions.create(model="helper", messages=picture_of(b"\x89PNG\r\n\x1a\n and so on"))

    assert model.requests == []


async def test_what_was_set_aside_for_a_broken_picture_is_given_back(client: AsyncOpenAI, helper: User, model: FakeLLM):
    await change(helper, sees_images=True)

    with pytest.raises(openai.BadRequestError, match="A picture cannot be opened"):
        await client.chat.completions.create(model="helper", messages=picture_of(drawn("PNG")[:-40]))

    assert (await record()).state == "released"
    assert model.requests == []


async def test_reasoning_is_told_as_such(client: AsyncOpenAI, helper: User, model: FakeLLM):
    model.answer(Script([chunk(reasoning_content="Hm."), *tokens_of("one"), *ending()]))

    answer = await client.chat.completions.create(model="helper", messages=ASKED)

    assert answer.choices[0].message.content == "one"
    assert answer.choices[0].message.model_extra == {"reasoning_content": "Hm."}


async def test_thoughts_that_were_taken_for_the_answer_end_with_their_mark_and_the_answer_follows(
    client: AsyncOpenAI, helper: User, model: FakeLLM
):
    """Of a model whose template has opened them already."""
    model.answer(
        Script([chunk(content="One, two?\n"), chunk(content="</think>\n\nOne."), chunk(content=" Two."), *ending()])
    )

    stream = await client.chat.completions.create(model="helper", messages=ASKED, stream=True)
    choices = [chunk.choices[0] async for chunk in stream]

    assert "".join(choice.delta.content or "" for choice in choices) == "One, two?\n</think>\n\nOne. Two."
    assert not any(getattr(choice.delta, "reasoning_content", None) for choice in choices)
    assert choices[-1].finish_reason == "stop"


async def test_how_an_answer_is_to_be_made_is_handed_on(client: AsyncOpenAI, helper: User, model: FakeLLM):
    await change(helper, body={"top_p": 0.9})

    await client.chat.completions.create(
        model="helper", messages=ASKED, stop=["\n\n"], top_p=0.1, seed=7, response_format={"type": "json_object"},
        logit_bias={"50256": -100},
    )  # fmt: skip

    asked = model.requests[0].json
    assert (asked["stop"], asked["seed"], asked["response_format"]) == (["\n\n"], 7, {"type": "json_object"})
    assert asked["top_p"] == 0.9, "what the assistant's own row says wins"
    assert "logit_bias" not in asked


async def test_what_only_tunes_an_answer_is_left_out_where_a_server_refuses_it(
    client: AsyncOpenAI, helper: User, model: FakeLLM
):
    model.answer(error(400, "Unrecognized request argument: seed"), Script([*tokens_of("one"), *ending()]))

    answer = await client.chat.completions.create(model="helper", messages=ASKED, seed=7, stop="END")
    await client.chat.completions.create(model="helper", messages=ASKED, seed=8)

    assert answer.choices[0].message.content == "one"
    told = [(request.json.get("seed"), request.json.get("stop")) for request in model.requests]
    assert told == [(7, "END"), (None, "END"), (8, None)]
