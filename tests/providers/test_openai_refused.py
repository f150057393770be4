"""What is tried again, how often and when, and what each refusal is called."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from chat.providers import Activity, Backend, ChatRequest, Done, FailureKind, create
from chat.providers.rejection import rejection
from tests.fake_llm import JSON, SSE, FakeLLM, Script, chunk, ending, error, event, stream_of
from tests.providers.asking import HELLO, ask, failure_of, text_of

GOOD = Script(stream_of("hi"))


async def test_o8_too_many_requests_is_tried_again_and_not_earlier_than_told(llm: FakeLLM) -> None:
    llm.answer(error(429, retry_after="2"), GOOD)

    events = await ask(llm)

    assert (text_of(events), events[-1], len(llm.requests)) == ("hi", Done("stop"), 2)
    assert llm.requests[1].at - llm.requests[0].at >= 2


async def test_milliseconds_are_heard_first(llm: FakeLLM) -> None:
    llm.answer(error(429, retry_after="3600", retry_after_ms="700"), GOOD)

    assert (await ask(llm))[-1] == Done("stop")
    assert llm.requests[1].at - llm.requests[0].at >= 0.7


async def test_o9_a_used_up_quota_is_not_tried_again(llm: FakeLLM) -> None:
    llm.answer(error(429, "You exceeded your current quota", code="insufficient_quota"))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.retryable, failure.status, len(llm.requests)) == (FailureKind.QUOTA, False, 429, 1)


async def test_o10_a_long_wait_is_left_to_the_caller(llm: FakeLLM) -> None:
    llm.answer(error(503, retry_after="3600"))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.retry_after, len(llm.requests)) == (FailureKind.OVERLOADED, 3600, 1)


async def test_a_wait_until_a_date_is_understood(llm: FakeLLM) -> None:
    llm.answer(error(503, retry_after=format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)))

    assert 3500 < (failure_of(await ask(llm)).retry_after or 0) <= 3600


async def test_o11_a_broken_server_is_tried_twice_more(llm: FakeLLM) -> None:
    llm.answer(error(500))

    failure = failure_of(await ask(llm, ChatRequest(turns=HELLO.turns, model="fake", reply_key="r1")))

    assert (failure.kind, failure.partial, len(llm.requests)) == (FailureKind.SERVER, False, 3)
    assert {request.headers["idempotency-key"] for request in llm.requests} == {"r1"}


async def test_the_server_has_the_last_word_on_trying_again(llm: FakeLLM) -> None:
    llm.answer(error(500, x_should_retry="false"))
    assert failure_of(await ask(llm)).retryable is False
    assert len(llm.requests) == 1

    llm.answer(error(400, x_should_retry="true"), GOOD)
    assert (await ask(llm))[-1] == Done("stop")


async def test_availability_decides_where_no_header_does(llm: FakeLLM) -> None:
    body = {"error": {"code": 503, "message": "no", "availability": {"retryable": False, "retry_after": 9}}}
    llm.answer(Script([json.dumps(body).encode()], status=503, content_type=JSON))

    failure = failure_of(await ask(llm))

    assert (failure.retryable, failure.retry_after, len(llm.requests)) == (False, 9, 1)


async def test_an_error_as_the_first_event_is_tried_again_too(llm: FakeLLM) -> None:
    llm.answer(Script([event({"error": {"message": "busy", "code": 503}}), b"data: [DONE]\n\n"]), GOOD)

    assert text_of(await ask(llm)) == "hi"


async def test_nothing_is_tried_again_after_a_visible_thought(llm: FakeLLM) -> None:
    llm.answer(Script([chunk(reasoning="hm"), event({"error": {"message": "busy", "code": 503}})]))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.partial, len(llm.requests)) == (FailureKind.OVERLOADED, False, 1)


async def test_o17_a_refusal_may_come_as_a_stream(llm: FakeLLM) -> None:
    body = event({"error": {"message": "slow down", "code": "insufficient_quota"}}) + b"data: [DONE]\n\n"
    llm.answer(Script([body], status=429, content_type=SSE))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.message) == (FailureKind.QUOTA, "HTTP 429 Scripted: slow down")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, "config"), (302, "config"), (404, "config"), (401, "auth")],
)
async def test_o18_a_web_page_is_not_shown(llm: FakeLLM, status: int, kind: str) -> None:
    llm.answer(Script([b"<html>Sign in</html>"], status=status, content_type="text/html", headers={"Location": "/x"}))

    failure = failure_of(await ask(llm))

    assert (failure.kind, "Sign in" in failure.message, len(llm.requests)) == (kind, False, 1)


async def test_o18_a_gateway_that_fails_is_tried_again(llm: FakeLLM) -> None:
    llm.answer(Script([b"<html>Bad gateway</html>"], status=502, content_type="text/html"), GOOD)

    assert text_of(await ask(llm)) == "hi"


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ({"error": {"message": "This model's maximum context length is 8192 tokens"}}, "context", "maximum context"),
        ({"error": {"message": "blocked", "code": "content_filter"}}, "content_filter", "blocked"),
        ({"error": "model not found"}, "config", "model not found"),
        ({"detail": [{"loc": ["body", "model"], "msg": "field required"}]}, "config", "body.model: field required"),
        ({"detail": "nope"}, "config", "nope"),
        ({"errors": [{"message": "first"}]}, "config", "first"),
        ({"title": "Bad request", "status": 400}, "config", "Bad request"),
        ([{"error": {"message": "in an array"}}], "config", "in an array"),
        ({"error": {"message": "Provider error", "metadata": {"raw": "the cause"}}}, "config", "(the cause)"),
    ],
)
async def test_an_error_is_found_in_any_envelope(llm: FakeLLM, body: object, kind: str, message: str) -> None:
    llm.answer(Script([json.dumps(body).encode()], status=400, content_type=JSON))

    failure = failure_of(await ask(llm))

    assert (failure.kind, message in failure.message, len(llm.requests)) == (kind, True, 1)


@pytest.mark.parametrize("status", [400, 422])
async def test_o25_stream_options_are_left_out_for_who_does_not_know_them(llm: FakeLLM, status: int) -> None:
    detail = json.dumps({"detail": "Unexpected fields in the request: {'stream_options'}"}).encode()
    llm.answer(Script([detail], status=status, content_type=JSON), GOOD)

    assert text_of(await ask(llm)) == "hi"
    assert ["stream_options" in request.json for request in llm.requests] == [True, False]


async def test_o25_a_server_that_keeps_refusing_is_asked_once_more_only(llm: FakeLLM) -> None:
    llm.answer(error(400, "stream_options is not permitted"))

    assert failure_of(await ask(llm)).kind == FailureKind.CONFIG
    assert len(llm.requests) == 2


async def test_a_newer_name_for_the_limit_is_learnt(llm: FakeLLM) -> None:
    llm.answer(error(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."), GOOD)

    await ask(llm, ChatRequest(turns=HELLO.turns, model="fake", max_tokens=5))

    assert [request.json.get("max_completion_tokens") for request in llm.requests] == [None, 5]
    assert "max_tokens" not in llm.requests[1].json


async def test_what_goes_along_is_not_shortened_here_but_by_whoever_knows_the_messages(llm: FakeLLM) -> None:
    llm.answer(error(400, "maximum context length exceeded"))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.retryable, len(llm.requests)) == (FailureKind.CONTEXT, False, 1)


async def test_five_failures_in_a_row_pause_the_back_end(llm: FakeLLM) -> None:
    llm.answer(error(429, retry_after="0"))
    await ask(llm)
    failure = failure_of(await ask(llm))
    assert len(llm.requests) == 5
    assert 0 < (failure.retry_after or 0) <= 15
    assert failure.message == "HTTP 429 Scripted: no"

    refused = failure_of(await ask(llm))

    assert (refused.kind, refused.retryable, len(llm.requests)) == (FailureKind.RATE_LIMIT, True, 5)


async def test_a_server_that_is_not_there_is_a_network_failure() -> None:
    llm = FakeLLM().start()
    llm.stop()

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.retryable, failure.status) == (FailureKind.NETWORK, True, None)


@pytest.mark.parametrize("url", ["", "localhost:1/v1", "ftp://127.0.0.1/v1", "http://\u2028/v1", "http://a\nb"])
async def test_an_address_that_is_none_is_a_matter_of_configuration(url: str) -> None:
    provider = create("openai", Backend(base_url=url))

    failure = failure_of([event async for event in provider.stream(HELLO)])

    assert failure.kind == FailureKind.CONFIG


async def test_usage_is_told_before_a_failure(llm: FakeLLM) -> None:
    llm.answer(Script([chunk(content="a"), ending()[1]]))

    events = await ask(llm)

    assert [type(one).__name__ for one in events if not isinstance(one, Activity)] == [
        "Started",
        "Text",
        "Usage",
        "Failed",
    ]


async def test_the_line_of_a_refused_answer_is_closed(llm: FakeLLM) -> None:
    llm.answer(Script([b"<html>"], content_type="text/html", end="silence"))

    assert failure_of(await ask(llm)).kind == FailureKind.CONFIG
    assert await asyncio.to_thread(llm.requests[0].was_abandoned.wait, 1)


@pytest.mark.parametrize(
    ("status", "error_object", "kind"),
    [
        (400, {}, "config"),
        (401, {}, "auth"),
        (402, {}, "quota"),
        (403, {}, "auth"),
        (403, {"metadata": {"reasons": ["violence"]}}, "content_filter"),
        (404, {"code": "model_not_found"}, "config"),
        (408, {}, "timeout"),
        (409, {}, "server"),
        (413, {}, "config"),
        (413, {"message": "prompt is too long"}, "context"),
        (400, {"message": "It took a while to see that the prompt is too long"}, "context"),
        (400, {"message": "The image took too long to download"}, "config"),
        (408, {"message": "Request took too long to process, please retry"}, "timeout"),
        (422, {}, "config"),
        (429, {}, "rate_limit"),
        (429, {"type": "billing_hard_limit_reached"}, "quota"),
        (429, {"type": "rate_limit_error"}, "rate_limit"),
        (500, {}, "server"),
        (503, {}, "overloaded"),
        (524, {}, "server"),
        (529, {}, "overloaded"),
    ],
)
def test_each_status_has_its_kind(status: int, error_object: dict[str, object], kind: str) -> None:
    body = json.dumps({"error": {"message": "no", **error_object}}).encode()
    without_words = rejection(httpx.Response(status), b"")

    assert rejection(httpx.Response(status), body).kind == kind
    assert error_object or without_words.kind == kind


@pytest.mark.parametrize(
    "words",
    [
        "Upstream provider took too long to respond",
        "Request took too long to process, please retry",
        "Model took too long to load",
        "The model is taking much too long",
        "Waited too long for a worker",
    ],
)
async def test_what_took_too_long_is_no_conversation_that_is_too_long(llm: FakeLLM, words: str) -> None:
    llm.answer(Script([event({"error": {"message": words}}), b"data: [DONE]\n\n"]), GOOD)

    assert text_of(await ask(llm)) == "hi"
