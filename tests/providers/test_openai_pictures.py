"""What becomes of a question whose pictures are refused, and of the pictures of the next ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat.providers import ChatRequest, FailureKind, Notice, Picture, Turn
from chat.providers.left_out import UNSEEN
from tests.fake_llm import FakeLLM, Script, error, stream_of
from tests.providers.asking import ask, failure_of, text_of

GOOD = Script(stream_of("hi"))
PICTURE = Picture("image/png", b"\x89PNG")
LOOK = ChatRequest(turns=(Turn("user", "ana: look"), Turn("user", "ana: what is it?", (PICTURE,))), model="m")
UNSEEING = f"ana: look\n\nana: what is it?\n\n{UNSEEN}"


@pytest.mark.parametrize(
    "refused",
    [
        error(400, "Invalid content type. image_url is only supported by certain models."),  # OpenAI
        error(404, "No endpoints found that support image input"),  # OpenRouter
        error(400, "At most 0 image(s) may be provided in one request."),  # vLLM
        error(400, "Qwen/Qwen3-8B is not a multimodal model"),  # vLLM
        error(500, "image input is not supported - hint: you may need to provide the mmproj"),  # llama.cpp
        error(400, "messages[1]: unknown variant `image_url`, expected `text` at line 1 column 99"),  # DeepSeek
        error(400, "('messages.0.content' : value must be a string)"),  # Groq
        error(400, "Model does not support images. Please use a model that does."),  # LM Studio
        error(400, "this model is missing data required for image input"),  # Ollama
        error(400, "Image input is not enabled for this model"),  # Mistral
    ],
)
async def test_a_model_without_eyes_is_asked_once_more_without_pictures(llm: FakeLLM, refused: Script) -> None:
    llm.answer(refused, GOOD)

    events = await ask(llm, LOOK)
    await ask(llm, LOOK)

    assert (text_of(events), len(llm.requests)) == ("hi", 3)
    assert [sent.json["messages"][0]["content"] for sent in llm.requests[1:]] == [UNSEEING, UNSEEING]
    assert Notice("This model cannot see pictures, so it was asked without them.") in events


async def test_the_next_picture_is_left_out_at_once_and_said_so_again(llm: FakeLLM) -> None:
    llm.answer(error(400, "images are not supported"), GOOD)
    await ask(llm, LOOK)

    events = await ask(llm, LOOK)

    assert (text_of(events), len(llm.requests)) == ("hi", 3)
    assert any(isinstance(event, Notice) for event in events)


@pytest.mark.parametrize(
    "refused",
    [
        error(413, "Request Entity Too Large"),
        error(400, "At most 1 image(s) may be provided in one request."),  # vLLM
        error(400, "Too many images provided. This model supports up to 5 images"),  # Groq
        error(400, "At least one of the image dimensions exceed max allowed size"),  # Anthropic
    ],
)
async def test_pictures_that_were_too_large_or_many_say_nothing_of_the_next_ones(llm: FakeLLM, refused: Script) -> None:
    llm.answer(refused, GOOD)

    events = await ask(llm, LOOK)
    again = await ask(llm, LOOK)

    words = "The pictures are too large or too many for this model's server, so it was asked without them."
    assert Notice(words) in events
    assert (text_of(again), len(llm.requests)) == ("hi", 3)
    assert isinstance(llm.requests[2].json["messages"][0]["content"], list)


@pytest.mark.parametrize(
    "refused",
    [
        error(400, "no"),
        error(404, "model 'm' not found, try pulling it first"),
        error(400, "Invalid type for messages[0].content"),
        error(422, "Input should be a valid string"),
        error(400, "You uploaded an unsupported image. Make sure it has one of these formats: png, jpeg"),
        error(500, "error rendering the chat template"),
        error(500, "failed to process the image"),
    ],
)
async def test_a_refusal_that_names_no_lack_of_eyes_leaves_the_next_pictures_in(llm: FakeLLM, refused: Script) -> None:
    llm.answer(refused, GOOD)

    events = await ask(llm, LOOK)
    again = await ask(llm, LOOK)

    words = "This model's server did not take the question with its pictures, so it was asked without them."
    assert [event.words for event in events if isinstance(event, Notice)] == [words]
    assert llm.requests[1].json["messages"][0]["content"] == UNSEEING
    assert (text_of(again), len(llm.requests)) == ("hi", 3)
    assert isinstance(llm.requests[2].json["messages"][0]["content"], list)


@pytest.mark.parametrize("words", ["no content", "could not generate content", "no"])
async def test_a_server_that_fails_is_asked_again_with_the_pictures(llm: FakeLLM, words: str) -> None:
    llm.answer(error(500, words), GOOD)

    assert not any(isinstance(event, Notice) for event in await ask(llm, LOOK))
    assert [type(sent.json["messages"][0]["content"]) for sent in llm.requests] == [list, list]


async def test_people_are_not_told_again_of_pictures_from_before_the_last_answer(llm: FakeLLM) -> None:
    llm.answer(error(400, "no"), GOOD)

    events = await ask(llm, replace(LOOK, turns=(*LOOK.turns, Turn("assistant", "a cat"), Turn("user", "ana: sure?"))))

    assert (text_of(events), len(llm.requests)) == ("hi", 2)
    assert not any(isinstance(event, Notice) for event in events)


async def test_nothing_is_said_about_pictures_of_an_answer_that_never_came(llm: FakeLLM) -> None:
    llm.answer(error(400, "no"), Script([], end="reset"))

    assert [type(event).__name__ for event in await ask(llm, LOOK)] == ["Failed"]


async def test_a_refusal_that_was_about_something_else_teaches_nothing(llm: FakeLLM) -> None:
    llm.answer(error(400, "no"))
    assert failure_of(await ask(llm, LOOK)).kind == FailureKind.CONFIG
    llm.answer(GOOD)

    events = await ask(llm, LOOK)

    assert isinstance(llm.requests[-1].json["messages"][0]["content"], list)
    assert not any(isinstance(event, Notice) for event in events)


async def test_a_key_that_is_wrong_is_not_tried_without_pictures(llm: FakeLLM) -> None:
    llm.answer(error(401))

    assert failure_of(await ask(llm, LOOK)).kind == FailureKind.AUTH
    assert len(llm.requests) == 1
