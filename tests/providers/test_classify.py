"""Refusals whose words say something else than their status."""

from __future__ import annotations

import pytest

from chat.providers.hints import wait_in
from tests.fake_llm import FakeLLM, Script, error, event, stream_of
from tests.providers.asking import ask, failure_of, text_of
from tests.providers.dialects import refusal

GOOD = Script(stream_of("hi"))
OVER_A_MINUTE = (
    "Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 31000."
)
IN_A_MINUTE = "Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Used 29000."


@pytest.mark.parametrize(
    ("status", "words", "code"),
    [
        (
            413,
            "Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 7000",
            "rate_limit_exceeded",
        ),
        (
            429,
            f"{OVER_A_MINUTE} The input or output tokens must be reduced in order to run successfully.",
            "rate_limit_exceeded",
        ),
        (413, "Request body too large for gpt-4o model. Max size: 8000 tokens.", "tokens_limit_reached"),
        (413, "no", "tokens_limit_reached"),
    ],
)
async def test_a_question_larger_than_a_minute_s_tokens_is_too_long(
    llm: FakeLLM, status: int, words: str, code: str
) -> None:
    llm.answer(error(status, words, code=code))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.retryable, len(llm.requests)) == ("context", False, 1)


async def test_a_minute_s_tokens_that_are_used_up_are_waited_for(llm: FakeLLM) -> None:
    llm.answer(error(429, IN_A_MINUTE, code="rate_limit_exceeded"), GOOD)

    assert text_of(await ask(llm)) == "hi"


def of_gemini(seconds: str, *, told: str = "") -> list[object]:
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": seconds}
    links = {"@type": "type.googleapis.com/google.rpc.Help", "links": [{"url": "https://ai.google.dev"}]}
    words = f"You exceeded your current quota, please check your plan and billing details. {told}"
    said = {"code": 429, "message": words, "status": "RESOURCE_EXHAUSTED", "details": [links, info]}
    return [{"error": said}]


async def test_gemini_calls_a_minute_s_limit_a_quota_and_says_when_to_come_again(llm: FakeLLM) -> None:
    llm.answer(refusal(429, of_gemini("1.2s")), GOOD)

    assert text_of(await ask(llm)) == "hi"
    assert llm.requests[1].at - llm.requests[0].at >= 1.2


@pytest.mark.parametrize(
    ("body", "after"),
    [
        (of_gemini("61s"), 61),
        (of_gemini("", told="Please retry in 61.5s."), 61.5),
        ({"error": {"message": "You exceeded your current quota. Please retry in 61.5s."}}, 61.5),
        ({"error": {"message": "Rate limit reached. Please try again in 90s."}}, 90),
    ],
)
async def test_a_wait_that_only_the_error_says_is_left_to_the_caller(llm: FakeLLM, body: object, after: float) -> None:
    llm.answer(refusal(429, body))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.retry_after, len(llm.requests)) == ("rate_limit", after, 1)


@pytest.mark.parametrize(
    "error_object",
    [
        {"message": "You exceeded your current quota.", "type": "insufficient_quota", "code": "insufficient_quota"},
        {"message": "You exceeded your current quota, please check your plan and billing details."},
        {"message": "Please retry in 2s.", "code": "insufficient_quota"},
    ],
)
async def test_credit_that_is_used_up_stays_so(llm: FakeLLM, error_object: object) -> None:
    llm.answer(refusal(429, {"error": error_object}, **{"Retry-After": "1"}))

    assert (failure_of(await ask(llm)).kind, len(llm.requests)) == ("quota", 1)


@pytest.mark.parametrize("words", ["in 1e9s", "in 9999999999s", "in s", "in 6m0s", "in -1s", "in 1.2.3s"])
def test_no_wait_is_made_up(words: str) -> None:
    assert wait_in(f"Please retry {words}") is None


@pytest.mark.parametrize(
    ("status", "error_object"),
    [
        (
            400,
            {
                "message": "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
                "code": "invalid_prompt",
            },
        ),
        (400, {"message": "Content Exists Risk", "type": "invalid_request_error", "code": "invalid_request_error"}),
        (400, {"message": "Output blocked by content filtering policy", "type": "invalid_request_error"}),
        (400, {"message": "Input data may contain inappropriate content.", "code": "data_inspection_failed"}),
        (400, {"message": "Input data may contain inappropriate content.", "code": "DataInspectionFailed"}),
    ],
)
async def test_a_question_against_somebody_s_policy_is_declined(
    llm: FakeLLM, status: int, error_object: dict[str, object]
) -> None:
    llm.answer(refusal(status, {"error": error_object}))

    assert (failure_of(await ask(llm)).kind, len(llm.requests)) == ("content_filter", 1)

    llm.answer(Script([event({"error": error_object}), b"data: [DONE]\n\n"]))

    assert failure_of(await ask(llm)).kind == "content_filter"


async def test_a_prompt_that_is_merely_wrong_is_not_declined(llm: FakeLLM) -> None:
    llm.answer(error(400, "Invalid prompt: it must be a list of messages.", code="invalid_prompt"))

    assert failure_of(await ask(llm)).kind == "config"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Invalid 'stop': array too long. Expected an array with maximum length 4, but got length 5.", "config"),
        ("Invalid 'user': string too long. Expected a string with maximum length 64.", "config"),
        ("Invalid 'messages[0].content': string too long. Expected a string with maximum length 1048576.", "context"),
        ("Invalid 'messages': array too long. Expected an array with maximum length 2048.", "context"),
    ],
)
async def test_what_is_too_long_is_the_conversation_only_where_it_is_meant(llm: FakeLLM, words: str, kind: str) -> None:
    llm.answer(error(400, words))

    assert failure_of(await ask(llm)).kind == kind
