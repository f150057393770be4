from __future__ import annotations

import json

import pytest

from chat.providers import Check, create
from tests.fake_llm import JSON, FakeLLM, Script, chunk, error
from tests.providers.asking import backend_of


async def check(llm: FakeLLM, model: str) -> Check:
    return await create("openai", backend_of(llm, key="sk-secret")).check(model)


async def test_a_listed_model_is_not_asked(llm: FakeLLM) -> None:
    assert await check(llm, "fake") == Check(True, "Reachable, and it knows fake.")
    assert (len(llm.requests), llm.listings[0].path) == (0, "/v1/models")


@pytest.mark.parametrize(
    "listing",
    [
        Script([b"{}"], content_type=JSON),
        Script([b"oops"], status=404),
        Script([b"oops"], status=500),
        Script([json.dumps([{"id": "other"}, 1, None]).encode()], content_type=JSON),
    ],
)
async def test_without_a_listing_one_token_decides(llm: FakeLLM, listing: Script) -> None:
    llm.models = listing

    assert await check(llm, "alias") == Check(True, "Reachable, and alias answers.")
    assert (llm.requests[0].json["max_tokens"], llm.requests[0].json["model"]) == (1, "alias")


async def test_one_token_of_reasoning_is_an_answer_too(llm: FakeLLM) -> None:
    llm.answer(Script([chunk(reasoning="h"), chunk("length")]))

    assert (await check(llm, "thinker")).ok is True


async def test_a_reasoning_model_is_given_room_to_think(llm: FakeLLM) -> None:
    llm.models = error(404)

    verdict = await create("openai", backend_of(llm, is_reasoning_model=True)).check("o4")

    assert (verdict.ok, llm.requests[0].json["max_completion_tokens"]) == (True, 200)


async def test_an_unknown_model_is_told_with_the_servers_words(llm: FakeLLM) -> None:
    llm.answer(error(404, "model 'x' not found"))

    expected = "This assistant is not set up correctly. (HTTP 404 Scripted: model 'x' not found)"
    assert await check(llm, "x") == Check(False, expected)


async def test_a_refused_key_is_told_without_the_key(llm: FakeLLM) -> None:
    llm.models = error(401, "Incorrect API key: sk-secret")

    expected = "The model's server did not accept this assistant's key. (HTTP 401 Scripted: Incorrect API key: [key])"
    assert await check(llm, "fake") == Check(False, expected)


async def test_a_server_that_is_not_there_is_told_in_plain_words() -> None:
    llm = FakeLLM().start()
    llm.stop()

    told = await check(llm, "fake")

    assert (told.ok, told.detail.startswith("The connection to the model's server failed.")) == (False, True)


async def test_the_demo_is_always_there() -> None:
    from chat.providers import Backend

    assert (await create("demo", Backend()).check()).ok is True
