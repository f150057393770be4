"""What a stream says is what a reader sees, over a real connection."""

from __future__ import annotations

import logging

import pytest

from chat.providers import ChatRequest, Done, Failed, FailureKind, Limits, Started, Text, Timeouts, Turn, Usage
from tests.fake_llm import FakeLLM, Piece, Script, chunk, ending, event, tokens_of
from tests.providers.asking import ask, failure_of, terminals_of, text_of

DONE = b"data: [DONE]\n\n"


async def test_o1_a_plain_stream_is_text_usage_and_an_end(llm: FakeLLM) -> None:
    events = [one for one in await ask(llm) if isinstance(one, Started | Text | Usage | Done)]

    assert text_of(events) == "1 2 3"
    assert [one for one in events if not isinstance(one, Text)] == [
        Started("chatcmpl-1", "fake"),
        Usage(prompt=9, completion=3, total=12, cached=None),
        Done("stop"),
    ]


@pytest.mark.parametrize("first", [{"role": "assistant", "content": ""}, {"content": None}, {"role": "assistant"}])
async def test_o2_an_empty_beginning_is_no_text(llm: FakeLLM, first: dict[str, object]) -> None:
    llm.answer(Script([chunk(**first), *tokens_of("hi"), *ending()]))

    assert [one for one in await ask(llm) if isinstance(one, Text)] == [Text("hi")]


async def test_o3_chunks_without_choices_are_passed_over(llm: FakeLLM) -> None:
    azure = event({"choices": [], "id": "", "model": "", "prompt_filter_results": [{"prompt_index": 0}]})
    llm.answer(Script([azure, event({"choices": None}), event({"x": 1}), event([1]), *tokens_of("hi"), *ending()]))

    events = await ask(llm)

    assert (text_of(events), events[-1]) == ("hi", Done("stop"))


async def test_o4_text_beside_the_finish_is_kept_and_text_after_it_is_not(llm: FakeLLM) -> None:
    llm.answer(Script([chunk(content="a"), chunk("stop", content="b"), chunk(content="c"), DONE]))

    assert text_of(await ask(llm)) == "ab"


async def test_o5_an_end_without_done_is_an_end_once_the_model_has_finished(llm: FakeLLM) -> None:
    llm.answer(Script([chunk(content="a"), chunk("length")]))

    assert (await ask(llm))[-1] == Done("length")


@pytest.mark.parametrize("length", ["chunked", "close"])
async def test_o6_an_end_without_a_finish_is_a_truncation(llm: FakeLLM, length: str) -> None:
    llm.answer(Script([*tokens_of("1 2 3")], length=length))  # type: ignore[arg-type]

    failure = failure_of(events := await ask(llm))

    assert (failure.kind, failure.partial, text_of(events)) == (FailureKind.TRUNCATED, True, "1 2 3")
    assert len(llm.requests) == 1


async def test_o7_a_reset_in_the_middle_fails_and_is_not_tried_again(llm: FakeLLM) -> None:
    llm.answer(Script([*tokens_of("1 2 3")], end="reset"))

    failure = failure_of(events := await ask(llm))

    assert (failure.kind, failure.partial, text_of(events)) == (FailureKind.NETWORK, True, "1 2 3")
    assert len(llm.requests) == 1


async def test_a_reset_after_the_finish_is_an_end(llm: FakeLLM) -> None:
    llm.answer(Script([*tokens_of("1 2 3"), chunk("stop")], end="reset"))

    assert (await ask(llm))[-1] == Done("stop")


async def test_a_reset_before_the_first_word_is_tried_again_and_leaves_no_trace(llm: FakeLLM) -> None:
    lost = event({"id": "lost", "model": "lost", "choices": []})
    llm.answer(Script([lost], end="reset"), Script([*tokens_of("hi"), *ending()]))

    events = await ask(llm)

    assert [one for one in events if isinstance(one, Started)] == [Started("chatcmpl-1", "fake")]
    assert (text_of(events), events[-1]) == ("hi", Done("stop"))


async def test_o12_an_error_followed_by_done_is_a_failure(llm: FakeLLM) -> None:
    broken = event({"error": {"message": "EngineCore died", "type": "InternalServerError", "param": None, "code": 500}})
    llm.answer(Script([*tokens_of("1 2"), broken, DONE]))

    failure = failure_of(events := await ask(llm))

    assert failure == Failed(
        kind=FailureKind.SERVER, message="EngineCore died", retryable=True, status=500, partial=True
    )
    assert text_of(events) == "1 2"


async def test_o20_a_byte_at_a_time_is_a_stream_too(llm: FakeLLM) -> None:
    body = b"".join([chunk(content="a\U0001f388b"), chunk("stop"), DONE])
    llm.answer(Script([bytes([byte]) for byte in body]))

    events = await ask(llm, timeouts=Timeouts(idle=5))

    assert (text_of(events), events[-1]) == ("a\U0001f388b", Done("stop"))


async def test_o20_each_byte_is_a_sign_of_life(llm: FakeLLM) -> None:
    body = b'data:{"choices":[{"text":"a","finish_reason":"stop"}]}\n\n'
    pieces: list[Piece] = [piece for byte in body for piece in (bytes([byte]), 0.1)]
    llm.answer(Script(pieces))

    events = await ask(llm, timeouts=Timeouts(idle=2))

    assert (text_of(events), events[-1]) == ("a", Done("stop"))


async def test_d20_a_charset_is_not_believed(llm: FakeLLM) -> None:
    llm.answer(
        Script(
            ['data: {"choices":[{"delta":{"content":"é"},"finish_reason":"stop"}]}\n\n'.encode()],
            content_type="Text/Event-Stream; charset=iso-8859-1",
        )
    )

    assert text_of(await ask(llm)) == "é"


async def test_o22_half_characters_and_controls_become_clean_text(llm: FakeLLM) -> None:
    deltas = ["\ud83d", "\ude00", "a\0b\x07", "c\r", "\nd", "\ud83d"]
    llm.answer(Script([*(chunk(content=delta) for delta in deltas), *ending()]))

    assert text_of(await ask(llm)) == "\U0001f600abc\nd\ufffd"


async def test_o22_an_event_over_the_limit_fails(llm: FakeLLM) -> None:
    llm.answer(Script([chunk(content="a"), chunk(content="x" * 2**20), *ending()]))

    failure = failure_of(events := await ask(llm))

    assert (failure.kind, text_of(events)) == (FailureKind.PROTOCOL, "a")


async def test_a_reply_over_the_limit_is_cut_off_and_its_line_is_closed(llm: FakeLLM) -> None:
    llm.answer(Script([*tokens_of("12 34 56")], end="silence"))

    events = await ask(llm, limits=Limits(reply_chars=6))

    assert (text_of(events), events[-1]) == ("12 34 ", Done("length"))
    assert llm.requests[0].was_abandoned.wait(1)


async def test_o23_one_unreadable_event_is_passed_over_and_logged(
    llm: FakeLLM, caplog: pytest.LogCaptureFixture
) -> None:
    llm.answer(Script([chunk(content="a"), b"data: {oops\n\n", chunk(content="b"), *ending()]))

    with caplog.at_level(logging.WARNING, "chat.providers"):
        events = await ask(llm)

    assert (text_of(events), events[-1]) == ("ab", Done("stop"))
    assert [record.message for record in caplog.records] == ["Passed over an event of 5 characters that is not JSON"]


async def test_more_than_three_unreadable_events_are_too_many(llm: FakeLLM) -> None:
    llm.answer(Script([chunk(content="a"), *[b"data: {oops\n\n"] * 4, *ending()]))

    assert failure_of(await ask(llm)).kind == FailureKind.PROTOCOL


async def test_nothing_readable_at_all_is_a_failure(llm: FakeLLM) -> None:
    llm.answer(Script([b"data: <html>gateway</html>\n\n", *ending()]))

    assert failure_of(await ask(llm)).kind == FailureKind.PROTOCOL


async def test_the_connection_serves_the_next_reply_too(llm: FakeLLM) -> None:
    await ask(llm)
    await ask(llm)

    assert [request.connection for request in llm.requests] == [1, 1]


async def test_an_empty_answer_is_asked_for_once_more(llm: FakeLLM) -> None:
    llm.answer(Script(ending()))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.retryable, len(llm.requests)) == (FailureKind.EMPTY, True, 2)


async def test_what_is_sent_is_what_is_configured(llm: FakeLLM) -> None:
    turns = (
        Turn("system", "Be kind."),
        Turn("user", "ana: hi"),
        Turn("user", "ben: ho \ud83d"),
        Turn("assistant", "Hi!"),
    )
    request = ChatRequest(turns=turns, model="m", temperature=0.5, max_tokens=7, reply_key="reply-1-1")

    await ask(llm, request, key="sk-secret", headers={"x-extra": "1"}, query={"api-version": "2"})

    sent = llm.requests[0]
    assert (sent.method, sent.path) == ("POST", "/v1/chat/completions?api-version=2")
    assert sent.json == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "ana: hi\n\nben: ho ?"},
            {"role": "assistant", "content": "Hi!"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "max_tokens": 7,
    }
    asked = ("authorization", "accept", "accept-encoding", "content-type", "idempotency-key", "x-extra")
    assert [sent.headers[name] for name in asked] == [
        "Bearer sk-secret",
        "text/event-stream",
        "identity",
        "application/json",
        "reply-1-1",
        "1",
    ]


async def test_without_a_key_nothing_is_authorised_and_cookies_are_not_kept(llm: FakeLLM) -> None:
    llm.answer(Script([*tokens_of("hi"), *ending()], headers={"Set-Cookie": "who=ana; Path=/"}))

    await ask(llm)
    await ask(llm)

    assert [{"authorization", "cookie", "idempotency-key"} & one.headers.keys() for one in llm.requests] == [
        set(),
        set(),
    ]
    assert len(terminals_of(await ask(llm))) == 1
