"""Ends that are none, as a server sends them: no words, only calls, only thoughts, or an error with a good status."""

from __future__ import annotations

import json

import pytest

from chat.providers import Done, FailureKind, Finish, Tool, Usage
from tests.fake_llm import JSON, FakeLLM, Script, chunk, ending, error, event, stream_of
from tests.providers.asking import ask, failure_of, text_of, thought_of


async def test_o15_a_thought_between_tags_is_no_text_wherever_it_is_cut(llm: FakeLLM) -> None:
    pieces = ["<thi", "nk>H", "m</th", "ink>\n\nH", "i <b>"]
    llm.answer(Script([*(chunk(content=piece) for piece in pieces), *ending()]))

    events = await ask(llm)

    assert (thought_of(events), text_of(events), events[-1]) == ("Hm", "Hi <b>", Done("stop"))


async def test_o16_an_answer_in_json_is_an_answer_and_an_error_in_it_a_failure(llm: FakeLLM) -> None:
    whole = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
    llm.answer(Script([json.dumps(whole).encode()], content_type=JSON))
    assert text_of(await ask(llm)) == "Hi"

    llm.answer(Script([b'{"error": {"message": "no such model", "code": 404}}'], content_type=JSON))
    failure = failure_of(await ask(llm))
    assert (failure.kind, failure.message, failure.partial) == (FailureKind.CONFIG, "no such model", False)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"detail": "Not authenticated"}, "Not authenticated"),
        ({"message": "no Route matched with those values"}, "no Route matched with those values"),
        ({"success": False, "errors": [{"code": 7003, "message": "No route for that URI"}]}, "No route for that URI"),
    ],
)
async def test_an_error_that_comes_as_a_good_answer_is_told_in_its_words(
    llm: FakeLLM, body: dict[str, object], words: str
) -> None:
    llm.answer(Script([json.dumps(body).encode()], content_type=JSON))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.message) == (FailureKind.SERVER, words)


async def test_o24_calls_of_tools_alone_end_in_plain_words(llm: FakeLLM) -> None:
    first = {"index": 0, "id": "c1", "type": "function", "function": {"name": "look_up", "arguments": ""}}
    more = {"index": 0, "function": {"arguments": '{"q": '}}
    llm.answer(Script([chunk(tool_calls=[first]), chunk(tool_calls=[more]), chunk("tool_calls"), *ending()[1:]]))

    events = await ask(llm)

    failure = failure_of(events)
    assert (failure.kind, failure.message) == (
        FailureKind.UNSUPPORTED,
        "The model only called tools, and was offered none.",
    )
    assert Tool("look_up") in events


async def test_o26_a_budget_that_went_into_thoughts_is_an_empty_answer(llm: FakeLLM) -> None:
    llm.answer(Script([chunk(reasoning_content="Hm"), chunk("length"), *ending()[1:]]))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.message, len(llm.requests)) == (
        FailureKind.EMPTY,
        "All of the answer's token budget went into reasoning: raise max_tokens.",
        1,
    )


async def test_an_answer_without_a_word_that_was_asked_for_again_is_counted_with_the_next(llm: FakeLLM) -> None:
    llm.answer(Script(ending(prompt=700, completion=50)), Script(stream_of("1 2 3")))

    events = await ask(llm)

    assert events[-2:] == [Usage(prompt=709, completion=53, total=762), Done("stop")]


async def test_where_no_try_brings_a_word_all_of_them_are_counted_once(llm: FakeLLM) -> None:
    llm.answer(Script(ending(prompt=700, completion=50)), error(401))

    events = await ask(llm)

    assert failure_of(events).kind == FailureKind.AUTH
    assert [event for event in events if isinstance(event, Usage)] == [Usage(prompt=700, completion=50, total=750)]


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("RECITATION", "content_filter"),
        ("prohibited_content", "content_filter"),
        ("Blocklist", "content_filter"),
        ("SPII", "content_filter"),
        ("content_filter: OTHER", "content_filter"),
        ("content_filter:SAFETY", "content_filter"),
        ("model_length", "length"),
        ("MAX_TOKENS", "length"),
    ],
)
async def test_an_end_is_known_by_the_words_of_many_servers(llm: FakeLLM, word: str, finish: Finish) -> None:
    llm.answer(Script([chunk(content="a"), chunk(word), *ending()[1:]]))

    assert (await ask(llm))[-1] == Done(finish)


async def test_an_answer_that_gemini_withholds_is_declined_and_not_asked_for_again(llm: FakeLLM) -> None:
    llm.answer(Script([chunk("content_filter: PROHIBITED_CONTENT"), *ending()[1:]]))

    assert (failure_of(await ask(llm)).kind, len(llm.requests)) == (FailureKind.CONTENT_FILTER, 1)


@pytest.mark.parametrize(
    ("sent", "kind", "words"),
    [
        ({"detail": "Model is gone"}, "server", "Model is gone"),
        ({"detail": [{"loc": ["body", "model"], "msg": "unknown"}]}, "server", "body.model: unknown"),
        ({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, "quota", "insufficient balance"),
        ({"choices": None, "base_resp": {"status_code": 1004, "status_msg": "login fail"}}, "auth", "login fail"),
        ({"choices": [], "base_resp": {"status_code": 1002, "status_msg": "rate limit"}}, "rate_limit", "rate limit"),
        ({"base_resp": {"status_code": 1000, "status_msg": "unknown error"}}, "server", "unknown error"),
        ({"base_resp": {"status_code": 2013}}, "server", "The server reported error 2013."),
    ],
)
async def test_an_error_in_a_stream_that_is_in_no_envelope_is_told_in_its_words(
    llm: FakeLLM, sent: dict[str, object], kind: str, words: str
) -> None:
    llm.answer(Script([chunk(content="a"), event(sent)]))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.message) == (kind, words)


async def test_minimax_says_that_all_is_well_in_the_same_place(llm: FakeLLM) -> None:
    well = {"base_resp": {"status_code": 0, "status_msg": ""}}
    llm.answer(Script([chunk(content="a"), event(well), event({"choices": [], "detail": None, **well}), *ending()]))

    assert (await ask(llm))[-1] == Done("stop")


async def test_minimax_refuses_in_a_good_answer(llm: FakeLLM) -> None:
    body = {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}
    llm.answer(Script([json.dumps(body).encode()], content_type=JSON))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.message, len(llm.requests)) == ("quota", "insufficient balance", 1)
