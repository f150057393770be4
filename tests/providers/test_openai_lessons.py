"""What is learnt from a refusal, and for how long it is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat.providers import ChatRequest, Turn
from chat.providers.openai.lessons import KEPT_SECONDS, Lesson, Memory
from tests.fake_llm import FakeLLM, Script, error, stream_of
from tests.providers.asking import HELLO, ask, failure_of, text_of
from tests.providers.dialects import refusal

GOOD = Script(stream_of("hi"))
EXTRA = "Extra inputs are not permitted"


async def test_what_a_back_end_refused_is_not_sent_to_it_again(llm: FakeLLM) -> None:
    llm.answer(error(400, "stream_options is not permitted"), GOOD)

    for _ in range(3):
        assert text_of(await ask(llm)) == "hi"
    await ask(llm, replace(HELLO, model="another"))

    assert ["stream_options" in sent.json for sent in llm.requests] == [True, False, False, False, True]


@pytest.mark.parametrize(
    "words",
    [
        "Developer instruction is not enabled for models/gemma-3-27b-it",
        "Conversation roles must alternate user/assistant/user/assistant/...",
    ],
)
@pytest.mark.parametrize("is_reasoning", [False, True])
async def test_who_has_no_place_for_a_system_says_so_in_other_words_too(
    llm: FakeLLM, words: str, is_reasoning: bool
) -> None:
    refused = error(400, words)
    llm.answer(*[refused] * (2 if is_reasoning and "Developer" in words else 1), GOOD)
    request = ChatRequest(turns=(Turn("system", "s"), Turn("user", "a")), model="m")

    assert text_of(await ask(llm, request, is_reasoning_model=is_reasoning)) == "hi"
    assert llm.requests[-1].json["messages"] == [{"role": "user", "content": "s\n\na"}]


async def test_who_has_a_place_for_a_system_keeps_its_words_there(llm: FakeLLM) -> None:
    llm.answer(error(400, "After the optional system message, conversation roles must alternate user/assistant/..."))
    request = ChatRequest(turns=(Turn("system", "s"), Turn("user", "a")), model="m")

    assert (failure_of(await ask(llm, request)).kind, len(llm.requests)) == ("config", 1)


@pytest.mark.parametrize(
    "words",
    [
        "`temperature` is deprecated for this model.",
        "`temperature` may only be set to 1 when thinking is enabled.",
        "`temperature` must be 1",
        "invalid temperature: only the default (1) value is supported",
    ],
)
async def test_a_temperature_that_may_only_be_the_usual_one_is_left_out(llm: FakeLLM, words: str) -> None:
    llm.answer(error(400, words), GOOD)

    for _ in range(2):
        assert text_of(await ask(llm, replace(HELLO, temperature=0.5))) == "hi"
    assert [sent.json.get("temperature") for sent in llm.requests] == [0.5, None, None]


@pytest.mark.parametrize("words", ["temperature must be between 0 and 1", "temperature must be at most 1.5"])
async def test_a_temperature_that_is_out_of_range_is_told(llm: FakeLLM, words: str) -> None:
    llm.answer(error(400, words))

    assert (failure_of(await ask(llm, replace(HELLO, temperature=2))).kind, len(llm.requests)) == ("config", 1)


async def test_a_newer_name_for_the_limit_is_unlearnt_where_only_the_older_is_known(llm: FakeLLM) -> None:
    detail = [{"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"], "msg": EXTRA}]
    llm.answer(refusal(422, {"detail": detail}), GOOD)

    for _ in range(2):
        assert text_of(await ask(llm, replace(HELLO, max_tokens=5), is_reasoning_model=True)) == "hi"
    assert [sent.json.get("max_completion_tokens") for sent in llm.requests] == [5, None, None]
    assert [sent.json.get("max_tokens") for sent in llm.requests] == [None, 5, 5]


async def test_who_knows_neither_name_for_the_limit_is_not_asked_for_ever(llm: FakeLLM) -> None:
    llm.answer(error(400, "Unsupported: max_tokens and max_completion_tokens"))

    assert failure_of(await ask(llm, replace(HELLO, max_tokens=5))).kind == "config"
    assert len(llm.requests) == 3


async def test_several_refusals_are_learnt_from_one_by_one(llm: FakeLLM) -> None:
    llm.answer(
        error(400, "stream_options is not permitted"),
        error(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        error(422, "Unexpected fields in the request: {'temperature'}"),
        GOOD,
    )
    request = replace(HELLO, max_tokens=9, temperature=0.5)

    await ask(llm, request)
    await ask(llm, request)

    expected = {
        "model": "fake",
        "max_completion_tokens": 9,
        "messages": llm.requests[0].json["messages"],
        "stream": True,
    }
    assert llm.requests[3].json == llm.requests[4].json == expected


def test_a_lesson_is_forgotten_after_a_while() -> None:
    now = [0.0]
    memory = Memory(clock=lambda: now[0])
    memory.keep("u", "m", frozenset({Lesson.NO_PICTURES}))

    now[0] = KEPT_SECONDS - 1
    assert memory.of("u", "m") == {Lesson.NO_PICTURES}
    assert memory.of("u", "n") == memory.of("v", "m") == frozenset()
    now[0] = KEPT_SECONDS
    assert memory.of("u", "m") == frozenset()
