"""Asking a fake model, and folding what came into what a reader sees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import settings

from chat.providers import (
    Backend,
    ChatRequest,
    Done,
    Failed,
    ProviderEvent,
    Reasoning,
    Replace,
    Terminal,
    Text,
    Turn,
    create,
)
from chat.providers.events import Cancelled
from tests.fake_dify import FakeDify
from tests.fake_llm import FakeLLM

PATIENT = settings(deadline=None)  # how long an example takes depends on who else uses the machine
HELLO = ChatRequest(turns=(Turn("user", "ana: hello"),), model="fake")


def backend_of(llm: FakeLLM, **options: Any) -> Backend:
    return Backend(base_url=llm.url, **options)


async def ask(llm: FakeLLM, request: ChatRequest = HELLO, **options: Any) -> list[ProviderEvent]:
    return [event async for event in create("openai", backend_of(llm, **options)).stream(request)]


async def ask_app(dify: FakeDify, request: ChatRequest = HELLO, **options: Any) -> list[ProviderEvent]:
    return [event async for event in create("dify", backend_of(dify, **options)).stream(request)]


def text_of(events: Iterable[ProviderEvent]) -> str:
    text = ""
    for event in events:
        match event:
            case Text(delta):
                text += delta
            case Replace(replacement):
                text = replacement
    return text


def thought_of(events: Iterable[ProviderEvent]) -> str:
    return "".join(event.delta for event in events if isinstance(event, Reasoning))


def terminals_of(events: Iterable[ProviderEvent]) -> list[Terminal]:
    return [event for event in events if isinstance(event, Done | Failed | Cancelled)]


def failure_of(events: list[ProviderEvent]) -> Failed:
    assert len(terminals_of(events)) == 1
    assert isinstance(events[-1], Failed)
    return events[-1]
