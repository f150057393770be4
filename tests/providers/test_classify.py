"""Refusals whose words say something else than their status."""

from __future__ import annotations

import pytest

from tests.fake_llm import FakeLLM, Script, error, stream_of
from tests.providers.asking import ask, failure_of, text_of

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
