"""One test for each server whose ways differ from the others', with the bytes it sends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.providers import Done, FailureKind, Finish, Started, Text, Usage
from tests.fake_llm import JSON, SSE, FakeLLM, Script, event
from tests.providers.asking import ask, failure_of, text_of, thought_of
from tests.providers.dialects import DONE, piece, refusal, says, started_of, usage_of


async def answer_of(llm: FakeLLM, *pieces: bytes, **options: Any) -> tuple[str, str, Finish]:
    llm.answer(Script(pieces, **options))
    events = await ask(llm)
    assert isinstance(events[-1], Done), events[-1]
    return thought_of(events), text_of(events), events[-1].finish


async def test_openai_pads_its_chunks_and_begins_with_an_empty_one(llm: FakeLLM) -> None:
    first = piece({"role": "assistant", "content": "", "refusal": None}, obfuscation="x9", service_tier="default")
    counted = {
        "prompt_tokens": 9,
        "completion_tokens": 1,
        "total_tokens": 10,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    end = event({"id": "chatcmpl-1", "choices": [], "usage": counted, "obfuscation": "x"})
    llm.answer(Script([first, says("Hi", usage=None, obfuscation="abc"), piece({}, "stop"), end, DONE]))

    events = await ask(llm)

    assert [type(one) for one in events if isinstance(one, Text | Started)] == [Started, Text]
    assert usage_of(events) == Usage(prompt=9, completion=1, total=10, cached=4, reasoning=2)


async def test_openai_says_in_its_headers_when_to_come_again(llm: FakeLLM) -> None:
    body = {"error": {"message": "slow down", "type": "requests", "code": "rate_limit_exceeded"}}
    busy = {"retry-after-ms": "300", "x-should-retry": "true", "x-ratelimit-remaining-requests": "0"}
    llm.answer(refusal(429, body, **busy), Script([says("Hi"), piece({}, "stop"), DONE]))

    assert text_of(await ask(llm)) == "Hi"
    assert llm.requests[1].at - llm.requests[0].at >= 0.3


async def test_openai_without_credit_is_not_asked_again(llm: FakeLLM) -> None:
    body = {"error": {"message": "You exceeded your current quota", "type": "insufficient_quota"}}
    llm.answer(refusal(429, body, **{"x-should-retry": "false"}))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.retryable, len(llm.requests)) == (FailureKind.QUOTA, False, 1)


async def test_azure_begins_with_what_its_filter_thought(llm: FakeLLM) -> None:
    first = event({"id": "", "model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]})

    assert await answer_of(llm, first, says("Hi"), piece({}, "stop"), DONE) == ("", "Hi", "stop")


async def test_azure_refuses_a_question_by_its_filter(llm: FakeLLM) -> None:
    error = {"message": "filtered", "code": "content_filter", "status": 400, "innererror": {"code": "ResponsibleAI"}}
    llm.answer(refusal(400, {"error": error}))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.retryable) == (FailureKind.CONTENT_FILTER, False)


async def test_deepseek_comments_in_a_stream_and_blank_lines_before_json(llm: FakeLLM) -> None:
    counted = {"prompt_tokens": 9, "completion_tokens": 2, "prompt_cache_hit_tokens": 8}
    stream = (b": keep-alive\n\n", piece({"reasoning_content": "Hm"}), says("Hi"), piece({}, "stop", usage=counted))
    assert await answer_of(llm, *stream, DONE) == ("Hm", "Hi", "stop")

    whole = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}], "usage": counted}
    llm.answer(Script([b"\n" * 20, b"\n\n", json.dumps(whole).encode()], content_type=JSON))
    events = await ask(llm)
    assert (text_of(events), usage_of(events).cached, usage_of(events).total) == ("Hi", 8, 11)


async def test_deepseek_gives_up_in_its_finish_reason(llm: FakeLLM) -> None:
    llm.answer(Script([says("a"), piece({}, "insufficient_system_resource"), DONE]))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.retryable) == (FailureKind.OVERLOADED, True)


async def test_deepseek_without_balance_is_out_of_credit(llm: FakeLLM) -> None:
    llm.answer(refusal(402, {"error": {"message": "Insufficient Balance", "code": "invalid_request_error"}}))

    assert failure_of(await ask(llm)).kind == FailureKind.QUOTA


@pytest.mark.parametrize(
    "error",
    [
        {"error": {"message": "boom", "type": "BadRequestError", "param": None, "code": 400}},
        {"object": "error", "message": "boom", "type": "BadRequestError", "param": None, "code": 400},
    ],
)
async def test_vllm_fails_in_the_middle_and_says_done(llm: FakeLLM, error: object) -> None:
    llm.answer(Script([says("a"), event(error), DONE]))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.message, failure.partial) == (FailureKind.CONFIG, "boom", True)


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
async def test_vllm_counts_in_each_chunk_and_renamed_its_thoughts(llm: FakeLLM, name: str) -> None:
    def counted(completion: int) -> dict[str, int]:
        return {"prompt_tokens": 9, "completion_tokens": completion, "total_tokens": 9 + completion}

    thought = piece({name: "Hm"}, usage=counted(1))
    llm.answer(Script([thought, says("Hi", usage=counted(2)), piece({}, "stop", usage=counted(3)), DONE]))

    events = await ask(llm)

    assert (thought_of(events), text_of(events)) == ("Hm", "Hi")
    assert [one.completion for one in events if isinstance(one, Usage)] == [3]


async def test_ollama_always_sends_content_and_answers(llm: FakeLLM) -> None:
    thought = piece({"role": "assistant", "content": "", "reasoning": "Hm"}, system_fingerprint="fp_ollama")
    end = piece({"role": "assistant", "content": ""}, "stop", system_fingerprint="fp_ollama")

    assert await answer_of(llm, thought, piece({"role": "assistant", "content": "Hi"}), end, DONE) == (
        "Hm",
        "Hi",
        "stop",
    )


async def test_ollama_fails_silently_in_the_middle(llm: FakeLLM) -> None:
    llm.answer(Script([says("a"), says("")]))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.partial, len(llm.requests)) == (FailureKind.TRUNCATED, True, 1)


async def test_ollama_refuses_in_an_envelope_without_a_code(llm: FakeLLM) -> None:
    error = {"message": 'model "x" not found', "type": "not_found_error", "param": None, "code": None}
    llm.answer(refusal(404, {"error": error}))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.message) == (FailureKind.CONFIG, 'HTTP 404 Scripted: model "x" not found')


@pytest.mark.parametrize(("word", "text", "end"), [("load", "", "empty"), ("unload", "a", "unknown")])
async def test_ollama_passes_on_reasons_of_its_own(llm: FakeLLM, word: str, text: str, end: str) -> None:
    llm.answer(Script([says(text), piece({}, word), DONE]))

    last = (await ask(llm))[-1]

    assert (last.finish if isinstance(last, Done) else str(last.kind)) == end  # type: ignore[union-attr]


async def test_llama_cpp_begins_with_null_and_has_its_own_order_of_keys(llm: FakeLLM) -> None:
    first = event({"choices": [{"finish_reason": None, "index": 0, "delta": {"role": "assistant", "content": None}}]})
    odd = event({"choices": [{"finish_reason": None, "index": 0, "delta": {"content": "H\x07i \ufffd"}}], "model": "m"})
    last = event({"choices": [{"finish_reason": "stop", "index": 0, "delta": {}}], "timings": {"prompt_n": 1}})

    assert await answer_of(llm, first, odd, last, DONE) == ("", "Hi \ufffd", "stop")


async def test_llama_cpp_overflows_before_the_stream_or_in_it(llm: FakeLLM) -> None:
    error = {"code": 400, "message": "too long", "type": "exceed_context_size_error", "n_prompt_tokens": 9, "n_ctx": 8}
    llm.answer(refusal(400, {"error": error}))
    assert failure_of(await ask(llm)).kind == FailureKind.CONTEXT

    llm.answer(Script([b"error: " + json.dumps(error).encode() + b"\n\n", DONE]))
    assert failure_of(await ask(llm)).kind == FailureKind.CONTEXT


@pytest.mark.parametrize(
    ("status", "word", "kind", "count"),
    [(401, "authentication_error", "auth", 1), (503, "unavailable_error", "overloaded", 3)],
)
async def test_llama_cpp_refuses_a_key_and_loads_its_model(
    llm: FakeLLM, status: int, word: str, kind: str, count: int
) -> None:
    error = {"code": status, "message": "Loading model", "type": word}
    llm.answer(refusal(status, {"error": error}, **{"retry-after-ms": "1"}))

    failure = failure_of(await ask(llm))

    assert (failure.kind, len(llm.requests)) == (kind, count)


@pytest.mark.parametrize("name", ["", "event: error\n"])
async def test_lm_studio_fails_in_the_middle_with_and_without_a_name(llm: FakeLLM, name: str) -> None:
    broken = event({"error": {"message": "Model unloaded."}, "message": "Model unloaded."})
    llm.answer(Script([says("a"), name.encode() + broken]))

    failure = failure_of(await ask(llm))

    assert (failure.message, failure.partial) == ("Model unloaded.", True)


async def test_transformers_serve_neither_finishes_early_nor_says_done(llm: FakeLLM) -> None:
    def bare(**choice: object) -> bytes:
        return event({"id": "r", "model": "name@main", "choices": [{"index": 0, **choice}]})

    counted = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    end = event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": counted})
    llm.answer(Script([bare(delta={"role": "assistant"}), bare(delta={"content": "Hi"}), end]))

    events = await ask(llm)

    assert (text_of(events), events[-1], usage_of(events).total) == ("Hi", Done("stop"), 2)
    assert started_of(events).model == "name@main"


async def test_transformers_serve_refuses_keys_it_does_not_know(llm: FakeLLM) -> None:
    detail = {"detail": "Unexpected fields in the request: {'stream_options'}"}
    llm.answer(refusal(422, detail), Script([says("Hi"), piece({}, "stop")]))

    assert text_of(await ask(llm)) == "Hi"
    assert ["stream_options" in request.json for request in llm.requests] == [True, False]


async def test_litellm_counts_beside_a_choice_and_pings(llm: FakeLLM) -> None:
    counted = piece({}, None, usage={"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2})
    llm.answer(Script([b": ping\n\n", says("Hi"), b"event: ping\n\n", piece({}, "stop"), counted, DONE]))

    events = await ask(llm)

    assert (text_of(events), events[-1], usage_of(events).total) == ("Hi", Done("stop"), 2)


async def test_litellm_sends_the_status_as_a_text(llm: FakeLLM) -> None:
    llm.answer(Script([says("a"), event({"error": {"message": "no", "type": "None", "param": "None", "code": "429"}})]))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.status) == (FailureKind.RATE_LIMIT, 429)


async def test_mistral_thinks_and_talks_in_parts(llm: FakeLLM) -> None:
    thinking = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}]
    parts = (
        piece({"role": "assistant"}),
        piece({"content": thinking}),
        piece({"content": [{"type": "text", "text": "Hi"}]}),
        says("!"),
        piece({"content": ""}, "stop"),
        DONE,
    )

    assert await answer_of(llm, *parts) == ("Hm", "Hi!", "stop")


async def test_an_unheard_of_server_is_read_by_what_it_sends(llm: FakeLLM) -> None:
    lines = b'{"choices":[{"text":"H"}]}\n{"choices":[{"text":"i","finish_reason":"eos"}]}\n'

    assert await answer_of(llm, lines, content_type="application/x-ndjson") == ("", "Hi", "stop")
    assert await answer_of(llm, says("Hi"), piece({}, "stop"), content_type="") == ("", "Hi", "stop")
    assert await answer_of(llm, says("Hi"), piece({}, "stop"), content_type=f"{SSE.upper()}; x=y") == ("", "Hi", "stop")
