"""What each of Dify's errors is called, and which of them are worth another try."""

from __future__ import annotations

import pytest

from chat.providers import Done, Started
from tests.fake_dify import FakeDify, app, chatbot, refusal, tells
from tests.fake_llm import Script
from tests.providers.asking import ask_app, failure_of, text_of

OF_EACH_CODE = [
    (400, "invalid_param", "config", 1),
    (400, "bad_request", "config", 1),
    (400, "not_chat_app", "config", 1),
    (400, "app_unavailable", "config", 1),
    (400, "agent_not_published", "config", 1),
    (400, "provider_not_initialize", "config", 1),
    (400, "provider_quota_exceeded", "quota", 1),
    (400, "model_currently_not_support", "config", 1),
    (400, "completion_request_error", "server", 1),
    (401, "unauthorized", "auth", 1),
    (403, "forbidden", "auth", 1),
    (403, "workflow_version_execution_not_allowed", "auth", 1),
    (404, "not_found", "config", 1),
    (413, "file_too_large", "config", 1),
    (415, "unsupported_file_type", "config", 1),
    (429, "too_many_requests", "rate_limit", 3),
    (429, "rate_limit_error", "quota", 1),
    (500, "internal_server_error", "server", 3),
]


@pytest.mark.parametrize(("status", "code", "kind", "count"), OF_EACH_CODE)
async def test_y12_each_refusal_has_its_kind(dify: FakeDify, status: int, code: str, kind: str, count: int) -> None:
    dify.answers(refusal(status, code, "", retry_after_ms="1"))

    failure = failure_of(await ask_app(dify))

    assert (failure.kind, failure.status, len(dify.requests)) == (kind, status, count)


async def test_y12_an_agent_that_refuses_to_block_is_a_matter_of_configuration(dify: FakeDify) -> None:
    dify.answers(refusal(400, "invalid_param", "Agent Chat App does not support blocking mode"))

    failure = failure_of(await ask_app(dify))

    assert (failure.kind, failure.retryable) == ("config", False)
    assert failure.message == "HTTP 400 Scripted: Agent Chat App does not support blocking mode"


async def test_a_model_that_cannot_read_that_much_shows_through_the_words(dify: FakeDify) -> None:
    words = "[openai] Bad Request Error, Error code: 400, This model's maximum context length is 8192 tokens"
    dify.answers(refusal(400, "completion_request_error", words))
    assert failure_of(await ask_app(dify)).kind == "context"

    dify.answers(app(tells("error", status=400, code="completion_request_error", message=words)))
    assert failure_of(await ask_app(dify)).kind == "context"


async def test_a_model_s_own_limit_shows_through_the_words(dify: FakeDify) -> None:
    dify.answers(refusal(400, "completion_request_error", "[openai] Rate limit reached, Error code: 429"))

    failure = failure_of(await ask_app(dify))

    assert (failure.kind, failure.retryable, len(dify.requests)) == ("rate_limit", True, 1)


@pytest.mark.parametrize(("status", "code", "kind", "count"), OF_EACH_CODE)
async def test_y10_an_error_may_be_the_first_event(
    dify: FakeDify, status: int, code: str, kind: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.providers.persistence._back_off", lambda number: 0.0)
    dify.answers(app(tells("error", status=status, code=code, message="no")))

    failure = failure_of(await ask_app(dify))

    assert (failure.kind, failure.partial, len(dify.requests)) == (kind, False, count)


async def test_a_failed_try_leaves_no_conversation_behind(dify: FakeDify) -> None:
    dify.answers(app(tells("error", status=500, code="internal_server_error", message="no")), chatbot("hi"))

    events = await ask_app(dify)

    assert (text_of(events), events[-1]) == ("hi", Done("stop"))
    assert [event.conversation_id for event in events if isinstance(event, Started)] == ["conversation-2"]


@pytest.mark.parametrize(("status", "kind", "count"), [(413, "config", 1), (502, "server", 3), (504, "server", 3)])
async def test_a_proxy_s_page_is_judged_by_its_status(dify: FakeDify, status: int, kind: str, count: int) -> None:
    page = Script([b"<html>no</html>"], status=status, content_type="text/html", headers={"Retry-After-Ms": "1"})
    dify.answers(page)

    failure = failure_of(await ask_app(dify))

    assert (failure.kind, failure.message, len(dify.requests)) == (kind, f"HTTP {status} Scripted", count)


async def test_a_key_in_an_app_s_error_is_hidden(dify: FakeDify) -> None:
    dify.answers(refusal(401, "unauthorized", "Access token app-Xy12345678 is invalid"))

    failure = failure_of(await ask_app(dify, key="app-Xy12345678"))

    assert failure.message == "HTTP 401 Scripted: Access token [key] is invalid"
