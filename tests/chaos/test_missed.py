"""What the broker loses of rooms that nobody looks at is made good: lists of rooms are asked for anew."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import redis

from chat.hub.others import BEAT_SECONDS
from tests.chaos.bots import Bot
from tests.chaos.conftest import Template, copy_sqlite
from tests.fake_llm import FakeLLM
from tests.servers.redis import Redis
from tests.site import Site

SOON = 20  # a process is heard by all each five seconds
ROOMS = """
from chat.models import User
from chat.services.rooms import add_member, create_room
harbour = create_room(by=None, name="Harbour", slug="harbour", kind="private")
for name in ("ana", "ben"):
    add_member(room=harbour, by=None, user=User.objects.get(username=name))
for name in ("Attic", "Cellar", "Loft"):
    create_room(by=User.objects.get(username="ben"), name=name)
"""


class Page(Bot):
    """Notes what a page's list of rooms goes by."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.heard: list[str] = []

    def _apply(self, frame: dict[str, Any]) -> None:
        if frame["type"] in ("rooms", "activity", "mention"):
            self.heard.append(frame["type"])
        super()._apply(frame)


@pytest.fixture
def sites(
    site_factory: Callable[..., Site], sqlite_template: Template, redis_server: Redis, model: FakeLLM
) -> tuple[Site, Site]:
    site = site_factory(REDIS_URL=redis_server.url)
    copy_sqlite(sqlite_template, site, model)
    site.manage("shell", "--verbosity=0", "--command", ROOMS)
    return site.start(), site.beside().start()


async def test_who_was_named_elsewhere_while_redis_was_away_has_their_list_asked_for(
    sites: tuple[Site, Site], sqlite_template: Template, redis_server: Redis
) -> None:
    async with apart(sites, sqlite_template) as (ben, ana):
        await asyncio.to_thread(redis_server.stop)
        await say(ben, "harbour", "@ana are you there?")
        await asyncio.to_thread(redis_server.start)

        await ana.until(lambda: "rooms" in ana.heard, SOON)
        await until_heard(ana, ben, "harbour")


async def test_who_was_named_by_a_process_that_died_while_redis_was_away_has_their_list_asked_for(
    sites: tuple[Site, Site], sqlite_template: Template, redis_server: Redis
) -> None:
    """By no number of its own: it says none any more."""
    first, second = sites
    async with apart(sites, sqlite_template) as (ben, ana):
        await asyncio.to_thread(redis_server.stop)
        await say(ben, "harbour", "@ana are you there?")
        await asyncio.to_thread(first.kill)
        await asyncio.to_thread(second.wait_for_words, "broker_unheard")
        assert ana.heard == []
        await asyncio.to_thread(redis_server.start)

        await ana.until(lambda: "rooms" in ana.heard, SOON)


@pytest.mark.parametrize("command", ["serve", "runreplies"])
async def test_what_a_killed_process_may_not_have_told_is_asked_for_and_one_that_ends_has_told_all(
    sites: tuple[Site, Site], sqlite_template: Template, command: str
) -> None:
    _, second = sites
    ends, dies = second.beside(), second.beside()
    for site in (ends, dies):
        site.start() if command == "serve" else site.start_command(command)
    async with apart(sites, sqlite_template) as (_, ana):
        await asyncio.sleep(2 * BEAT_SECONDS)  # by now these two have been heard as well

        await asyncio.to_thread(ends.stop)
        await asyncio.to_thread(second.wait_for_words, "process_silent")
        await asyncio.sleep(1)
        assert ana.heard == []
        await asyncio.to_thread(dies.kill)
        await ana.until(lambda: "rooms" in ana.heard, SOON)


async def test_who_came_into_a_room_while_a_line_was_cut_hears_of_it(
    sites: tuple[Site, Site], sqlite_template: Template, redis_server: Redis
) -> None:
    first, second = sites
    async with (
        person(first, sqlite_template, "ana") as elsewhere,
        person(first, sqlite_template, "ben") as ben,
        Page(second, sqlite_template.tokens["ana"]) as ana,
    ):
        for room in ("attic", "cellar", "loft"):
            await until_heard(ana, ben, "harbour")
            unheard = second.log.read_text().count("broker_unheard")

            async with cut_lines(redis_server):
                (await elsewhere.post(f"/api/rooms/{room}/join")).raise_for_status()
                await asyncio.sleep(0.3)
            assert "rooms" not in ana.heard
            await ana.until(lambda: "rooms" in ana.heard, SOON)

            await until_heard(ana, ben, room)
            if second.log.read_text().count("broker_unheard") == unheard:
                return  # it was too short for that: a number was missed
    pytest.fail("the machine stood still each time, and the broker was not heard for seconds")


async def test_a_process_that_hears_nobody_is_not_ready(
    sites: tuple[Site, Site], sqlite_template: Template, redis_server: Redis
) -> None:
    site = sites[1]
    async with person(site, sqlite_template, "ana") as ana:
        await until_ready(ana, [])

        async with cut_lines(redis_server):
            await until_ready(ana, ["channel_layer"])

        await until_ready(ana, [])


def person(site: Site, template: Template, name: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {template.tokens[name]}"}
    return httpx.AsyncClient(base_url=site.url, headers=headers, trust_env=False, timeout=30)


async def say(someone: httpx.AsyncClient, room: str, text: str) -> None:
    (await someone.post(f"/api/rooms/{room}/messages", json={"text": text})).raise_for_status()


@asynccontextmanager
async def apart(sites: tuple[Site, Site], template: Template) -> AsyncIterator[tuple[httpx.AsyncClient, Page]]:
    """Ben, who speaks by the first process, and Ana, whose page hears of it by the second."""
    first, second = sites
    async with person(first, template, "ben") as ben, Page(second, template.tokens["ana"]) as ana:
        await until_heard(ana, ben, "harbour")
        yield ben, ana


async def until_heard(page: Page, speaker: httpx.AsyncClient, room: str) -> None:
    """Announcements of other rooms come through."""
    page.heard.clear()
    async with asyncio.timeout(SOON):
        while "activity" not in page.heard:
            await say(speaker, room, "hello")
            await asyncio.sleep(0.3)
    page.heard.clear()


async def until_ready(someone: httpx.AsyncClient, but: list[str]) -> None:
    """But for what fails."""
    async with asyncio.timeout(SOON):
        while (await someone.get("/readyz")).json().get("failing", []) != but:
            await asyncio.sleep(0.1)


@asynccontextmanager
async def cut_lines(server: Redis) -> AsyncIterator[None]:
    """Whoever is subscribed loses their line again and again; what they send passes."""
    is_over = threading.Event()

    def cut() -> None:
        with redis.Redis.from_url(server.url, socket_timeout=5) as client:
            while not is_over.wait(0.01):
                client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

    cutting = asyncio.create_task(asyncio.to_thread(cut))
    await asyncio.sleep(0.1)
    try:
        yield
    finally:
        is_over.set()
        await cutting
