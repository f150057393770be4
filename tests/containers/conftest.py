"""One site of containers for all tests here; each says how it has to stand. It is gone afterwards, whatever happens."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.chaos.conftest import NAMES
from tests.chaos.crowd import Crowd
from tests.chaos.stage import Stage
from tests.containers.engine import missing
from tests.containers.stack import FIRST_START, GATEWAY, Stack
from tests.fake_llm import FakeLLM

SOCKETS = 12
WORDS = " ".join(f"w{number}" for number in range(50))
MANY = "REPLIES_IN_WEB=0 docker compose --profile replies up --detach --scale web=2 --scale replies=1"
PEOPLE = f"""
from chat.services import people, tokens
for name in {NAMES}:
    print(tokens.create_token(user=people.create_person(name=name))[1])
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.timeout(600))  # seconds; the first one makes the image


@pytest.fixture(scope="session")
def _engine() -> None:
    if reason := missing():
        pytest.exit(f"NOT TESTED: {reason} (docs/operations.md, with compose).", returncode=1)


@pytest.fixture(scope="session")
def stack(_engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("clone"))
    stack.clone()
    try:
        stack.down()  # what a run that was killed left
        stack.up(FIRST_START)
        tokens = stack.manage(f'shell --verbosity=0 --command "{PEOPLE}"').split()
        stack.tokens |= dict(zip(NAMES, tokens, strict=True))
        yield stack
    finally:
        stack.down()


@pytest.fixture
def plain(stack: Stack) -> Stack:
    """As the README starts it."""
    stack.up(FIRST_START)
    return stack


@pytest.fixture
def many(stack: Stack, helper: FakeLLM) -> Stack:
    """Two that serve, and one that writes replies, as docs/operations.md says."""
    stack.up(MANY)
    return stack


@pytest.fixture
async def stage(many: Stack, helper: FakeLLM, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    """People who write in a room of this test's own, and ask the assistant, until they are judged."""
    room = "room-" + hashlib.sha256(request.node.name.encode()).hexdigest()[:8]
    many.manage(f"addroom {room} --assistant helper")
    stage = Stage([many.site], many.tokens, tmp_path, room=room)
    async with Crowd([many], list(many.tokens.values()), SOCKETS, room) as stage.crowd:
        await stage.crowd.warmed_up(60)
        yield stage


@pytest.fixture(scope="session")
def model(stack: Stack) -> Iterator[FakeLLM]:
    """On the host, where the containers reach it."""
    with FakeLLM(host=GATEWAY) as llm:
        stack.manage(f"addassistant helper --provider openai --model fake --base-url {llm.url}")
        stack.manage("addroom general --assistant helper")
        yield llm


@pytest.fixture
def helper(model: FakeLLM) -> FakeLLM:
    """The assistant of that name answers with fifty words."""
    model.reply_with(WORDS, tokens_per_second=20)
    return model
