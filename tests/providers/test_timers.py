"""Silence, talk without progress, and answers without an end: each has its limit."""

from __future__ import annotations

import asyncio

import pytest

from chat.providers import Activity, Done, FailureKind, Reasoning, Text, Timeouts, create
from tests.fake_llm import FakeLLM, Hold, Script, chunk, event, stream_of, tokens_of
from tests.providers.asking import HELLO, ask, backend_of, failure_of, text_of


async def test_silence_is_a_timeout(llm: FakeLLM) -> None:
    llm.answer(Script([*tokens_of("1 2")], end="silence"))

    failure = failure_of(events := await ask(llm, timeouts=Timeouts(idle=0.2)))

    assert (failure.kind, failure.message, failure.partial) == (FailureKind.TIMEOUT, "Nothing came for 0.2 s.", True)
    assert text_of(events) == "1 2"
    assert llm.requests[0].was_abandoned.wait(1)


async def test_o19_keep_alives_are_no_progress(llm: FakeLLM) -> None:
    llm.answer(Script([piece for _ in range(100) for piece in (0.05, b": keep-alive\n\n")]))

    failure = failure_of(events := await ask(llm, timeouts=Timeouts(idle=5, progress=0.4)))

    assert (failure.kind, failure.message) == (FailureKind.TIMEOUT, "No progress for 0.4 s.")
    assert events.count(Activity()) > 1
    assert len(llm.requests) == 1


async def test_thinking_aloud_is_progress(llm: FakeLLM) -> None:
    thoughts = [piece for _ in range(8) for piece in (0.1, chunk(reasoning="hm "))]
    llm.answer(Script([*thoughts, *stream_of("yes")]))

    events = await ask(llm, timeouts=Timeouts(idle=5, progress=0.6))

    assert (text_of(events), events[-1]) == ("yes", Done("stop"))
    assert len([one for one in events if isinstance(one, Reasoning)]) == 8


async def test_an_answer_that_does_not_begin_is_asked_for_once_more(llm: FakeLLM) -> None:
    llm.answer(Script(before_headers=[Hold().event]), Script(stream_of("hi")))

    assert text_of(await ask(llm, timeouts=Timeouts(headers=0.3))) == "hi"

    llm.answer(Script(before_headers=[Hold().event]))
    assert failure_of(await ask(llm, timeouts=Timeouts(headers=0.3))).message == "No answer began within 0.3 s."
    assert len(llm.requests) == 4


@pytest.mark.parametrize("first", [chunk(role="assistant", content=""), b": loading\n\n"])
async def test_headers_that_come_at_once_are_no_beginning_yet(llm: FakeLLM, first: bytes) -> None:
    llm.answer(Script([1.3, first, *stream_of("loaded")]))

    assert text_of(await ask(llm, timeouts=Timeouts(headers=30, idle=1, progress=1))) == "loaded"
    assert len(llm.requests) == 1


async def test_headers_without_an_answer_are_asked_for_once_more(llm: FakeLLM) -> None:
    llm.answer(Script(end="silence"))

    failure = failure_of(await ask(llm, timeouts=Timeouts(headers=0.4, idle=0.1)))

    assert (failure.kind, failure.message, len(llm.requests)) == ("timeout", "No answer began within 0.4 s.", 2)


async def test_a_model_that_sends_nothing_while_it_thinks_is_asked_once(llm: FakeLLM) -> None:
    llm.answer(Script(before_headers=[Hold().event]))

    failure = failure_of(await ask(llm, timeouts=Timeouts(headers=0.3, begins_again=False)))

    assert (failure.message, len(llm.requests)) == ("No answer began within 0.3 s.", 1)


@pytest.mark.parametrize("first", [chunk(role="assistant", content=""), b": thinking\n\n"])
async def test_between_the_first_byte_and_the_first_word_a_model_may_think_in_silence(
    llm: FakeLLM, first: bytes
) -> None:
    llm.answer(Script([first, 0.8, *stream_of("thought")]))

    assert text_of(await ask(llm, timeouts=Timeouts(headers=30, idle=0.2))) == "thought"


@pytest.mark.parametrize(("headers", "idle"), [(0.1, 0.4), (0.4, 0.1)])
async def test_where_no_word_follows_the_first_byte_silence_has_an_end(
    llm: FakeLLM, headers: float, idle: float
) -> None:
    llm.answer(Script([b": loading\n\n"], end="silence"))

    failure = failure_of(await ask(llm, timeouts=Timeouts(headers=headers, idle=idle)))

    assert (failure.message, len(llm.requests)) == ("Nothing came for 0.4 s.", 1)


async def test_the_words_of_a_refusal_are_not_waited_for_as_an_answer_is(llm: FakeLLM) -> None:
    llm.answer(Script([b"no"], status=400, content_type="text/plain", end="silence"))

    failure = failure_of(await asyncio.wait_for(ask(llm, timeouts=Timeouts(headers=60, idle=0.2)), 10))

    assert (failure.kind, len(llm.requests)) == (FailureKind.CONFIG, 1)


async def test_an_answer_without_end_is_ended(llm: FakeLLM) -> None:
    llm.answer(Script([piece for _ in range(100) for piece in (0.02, chunk(content="1 "))]))

    failure = failure_of(await ask(llm, timeouts=Timeouts(total=0.5)))

    assert (failure.kind, failure.message, failure.partial) == (FailureKind.TIMEOUT, "Not finished within 0.5 s.", True)


async def test_a_finished_answer_is_not_waited_for_longer(llm: FakeLLM) -> None:
    usage = event({"choices": [], "usage": {"total_tokens": 3}})
    llm.answer(Script([*tokens_of("1 2"), chunk("stop"), usage], end="silence"))

    assert (await ask(llm, timeouts=Timeouts(after_finish=0.2)))[-1] == Done("stop")


async def test_a_slow_reader_is_not_held_against_the_server(llm: FakeLLM) -> None:
    seen = []
    async for one in create("openai", backend_of(llm, timeouts=Timeouts(idle=0.3, progress=0.3))).stream(HELLO):
        seen.append(one)
        if isinstance(one, Text):
            await asyncio.sleep(0.4)

    assert (text_of(seen), seen[-1]) == ("1 2 3", Done("stop"))


@pytest.mark.parametrize("total", [0.0, 0.3])
async def test_waiting_to_try_again_is_part_of_the_total(llm: FakeLLM, total: float) -> None:
    llm.fail_with(500)

    failure_of(await ask(llm, timeouts=Timeouts(total=total)))

    assert len(llm.requests) <= 1
