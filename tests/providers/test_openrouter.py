"""OpenRouter: many providers behind one address, with errors and accounts of their own."""

from __future__ import annotations

import pytest

from chat.providers import Done, FailureKind, Started
from tests.fake_llm import FakeLLM, Script, event
from tests.providers.asking import ask, failure_of, text_of, thought_of
from tests.providers.dialects import DONE, piece, refusal, says, started_of, usage_of


async def test_openrouter_keeps_the_line_open_and_tells_the_cost(llm: FakeLLM) -> None:
    waiting = b": OPENROUTER PROCESSING\n\n"
    counted = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11, "cost": 0.00042, "is_byok": False}
    thinking = [
        {"type": "reasoning.text", "text": "Hm", "signature": "s"},
        {"type": "reasoning.encrypted", "data": "x"},
    ]
    llm.answer(
        Script(
            [
                waiting,
                waiting,
                piece({"role": "assistant", "content": "", "reasoning": "Hm", "reasoning_details": thinking}),
                piece({"role": "assistant", "content": "Hi"}, provider="OpenAI", model="b/y"),
                piece({"role": "assistant", "content": ""}, "stop", native_finish_reason="end_turn"),
                event({"id": "gen-1", "choices": [], "usage": counted}),
                DONE,
            ]
        )
    )

    events = await ask(llm)

    assert (thought_of(events), text_of(events), events[-1]) == ("Hm", "Hi", Done("stop"))
    assert usage_of(events).cost == 0.00042


async def test_openrouter_names_the_answer_in_a_header_too(llm: FakeLLM) -> None:
    no_id = event({"model": "b/y", "choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]})
    llm.answer(Script([no_id, DONE], headers={"X-Generation-Id": "gen-9"}))

    assert started_of(await ask(llm)) == Started("gen-9", "b/y")


async def test_openrouter_routes_by_the_body_and_says_whom_it_took(llm: FakeLLM) -> None:
    routing = {
        "models": ["a/x", "b/y"],
        "provider": {"order": ["x"], "allow_fallbacks": False, "data_collection": "deny"},
        "reasoning": {"effort": "low"},
    }
    llm.answer(Script([says("Hi", model="b/y"), piece({}, "stop"), DONE]))

    events = await ask(llm, body=routing)

    sent = llm.requests[0].json
    assert {key: sent[key] for key in routing} == routing
    assert started_of(events).model == "b/y"


@pytest.mark.parametrize(
    ("code", "error_type", "kind"),
    [
        (429, "rate_limit_exceeded", "rate_limit"),
        ("429", "rate_limit_exceeded", "rate_limit"),
        ("server_error", "provider_overloaded", "overloaded"),
        (502, "provider_unavailable", "server"),
        (400, "context_length_exceeded", "context"),
        (400, "max_tokens_exceeded", "context"),
        (400, "token_limit_exceeded", "context"),
        (400, "string_too_long", "context"),
        (401, "authentication", "auth"),
        (403, "permission_denied", "auth"),
        (402, "payment_required", "quota"),
        (400, "invalid_request", "config"),
        (400, "invalid_prompt", "config"),
        (404, "not_found", "config"),
        (412, "precondition_failed", "config"),
        (413, "payload_too_large", "config"),
        (422, "unprocessable", "config"),
        (400, "content_policy_violation", "content_filter"),
        ("refusal", "refusal", "content_filter"),
        (400, "invalid_image", "config"),
        ("x", "unsupported_image_format", "config"),
        ("x", "image_download_failed", "config"),
        (500, "server", "server"),
        (408, "timeout", "server"),
        ("x", "unmapped", "server"),
    ],
)
async def test_openrouter_tells_the_kind_of_an_error_in_the_stream(
    llm: FakeLLM, code: object, error_type: str, kind: str
) -> None:
    error = {"code": code, "message": "no", "metadata": {"error_type": error_type}}
    choice = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
    llm.answer(Script([says("a"), event({"id": "gen-1", "provider": "X", "error": error, "choices": [choice]})]))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.partial, failure.message, len(llm.requests)) == (kind, True, "no", 1)


async def test_openrouter_may_put_the_error_into_the_choice(llm: FakeLLM) -> None:
    error = {"code": 429, "message": "no", "metadata": {"error_type": "rate_limit_exceeded"}}
    choice = {"index": 0, "delta": {}, "finish_reason": "error", "error": error}
    llm.answer(Script([says("a"), event({"choices": [choice]})]))

    assert failure_of(await ask(llm)).kind == FailureKind.RATE_LIMIT


@pytest.mark.parametrize(
    ("status", "metadata", "kind"),
    [
        (402, {}, "quota"),
        (403, {"reasons": ["violence"], "flagged_input": "…", "provider_name": "X"}, "content_filter"),
        (403, {"patterns": ["card number"]}, "content_filter"),
        (403, {}, "auth"),
        (404, {}, "config"),
        (413, {}, "config"),
    ],
)
async def test_openrouter_refuses_before_the_first_token(
    llm: FakeLLM, status: int, metadata: object, kind: str
) -> None:
    llm.answer(refusal(status, {"error": {"code": status, "message": "no", "metadata": metadata}}))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.status, len(llm.requests)) == (kind, status, 1)


async def test_openrouter_says_when_a_model_is_there_again(llm: FakeLLM) -> None:
    available = {"code": "busy", "retryable": True, "retry_after": 0.3, "fallback_models": ["b/y"]}
    error = {"code": 503, "message": "no", "availability": available}
    llm.answer(refusal(503, {"error": error}), Script([says("Hi"), piece({}, "stop"), DONE]))

    assert text_of(await ask(llm)) == "Hi"
    assert llm.requests[1].at - llm.requests[0].at >= 0.3
