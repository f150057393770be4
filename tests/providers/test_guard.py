"""Who is left alone, where one of a back end's models or keys has too many requests."""

from __future__ import annotations

from typing import Any

import pytest

from chat.providers import Backend, ChatRequest, Done, FailureKind
from chat.providers import guard as guards
from chat.providers.guard import FAILURES_IN_A_ROW, guard_of
from tests.fake_dify import FakeDify
from tests.fake_llm import FakeLLM, Script, error, stream_of
from tests.providers.asking import HELLO, ask, ask_app, failure_of

GOOD = Script(stream_of("hi"))
OTHER_MODEL = ChatRequest(turns=HELLO.turns, model="another")


async def wear_out(llm: FakeLLM, status: int, **options: Any) -> None:
    llm.answer(error(status, retry_after="0"))
    while len(llm.requests) < FAILURES_IN_A_ROW:
        failure_of(await ask(llm, **options))
    llm.answer(GOOD)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_model_that_has_too_much_to_do_silences_no_other(llm: FakeLLM, status: int) -> None:
    await wear_out(llm, status)

    assert (await ask(llm, OTHER_MODEL))[-1] == Done("stop")
    assert (failure_of(await ask(llm)).retryable, len(llm.requests)) == (True, FAILURES_IN_A_ROW + 1)


@pytest.mark.parametrize("mine", [{"key": "mine"}, {"headers": {"api-key": "mine"}}, {"query": {"key": "mine"}}])
async def test_a_key_that_is_used_too_much_silences_no_other(llm: FakeLLM, mine: dict[str, Any]) -> None:
    await wear_out(llm, 429)

    assert (await ask(llm, **mine))[-1] == Done("stop")


async def test_one_app_of_a_server_silences_no_other(dify: FakeDify) -> None:
    for _ in range(FAILURES_IN_A_ROW):
        guard_of(Backend(base_url=dify.url, key="app-one"), HELLO.model).failed(FailureKind.RATE_LIMIT)

    assert failure_of(await ask_app(dify, key="app-one")).kind == FailureKind.RATE_LIMIT
    assert isinstance((await ask_app(dify, key="app-two"))[-1], Done)


def test_a_line_that_is_dead_is_so_for_all_models_and_keys() -> None:
    guards.forget_failures()
    base_url = "http://127.0.0.1:9/v1"
    for number in range(FAILURES_IN_A_ROW):
        guard_of(Backend(base_url=base_url), f"model-{number}").failed(FailureKind.NETWORK)

    assert guard_of(Backend(base_url=f"{base_url}/", key="mine"), "another").pause_left > 0
    assert guard_of(Backend(base_url="http://127.0.0.1:10/v1"), "model-0").pause_left == 0


def test_what_is_kept_has_an_end_and_holds_no_key() -> None:
    guards.forget_failures()
    for number in range(3 * guards._MOST_KEPT):
        guard_of(Backend(base_url="http://127.0.0.1:9/v1", key="sk-secret"), f"model-{number}")

    assert len(guards._pauses) <= guards._MOST_KEPT + 1
    assert "secret" not in repr(guards._pauses)
