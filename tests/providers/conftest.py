from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from chat.providers import close_clients
from chat.providers.dify.taking import forget_taking
from chat.providers.guard import forget_failures
from chat.providers.openai.lessons import forget_lessons
from tests.fake_dify import FakeDify
from tests.fake_llm import FakeLLM


@pytest.fixture
def llm() -> Iterator[FakeLLM]:
    """A fake model; its port may have been another's before, which must not be held against it."""
    forget_failures()
    forget_lessons()
    with FakeLLM() as fake:
        yield fake


@pytest.fixture
def dify() -> Iterator[FakeDify]:
    forget_failures()
    forget_taking()
    with FakeDify() as fake:
        yield fake


@pytest.fixture(autouse=True)
async def _close_clients() -> AsyncIterator[None]:
    """A loop's client is closed before the loop is."""
    yield
    await close_clients()
