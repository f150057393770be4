"""What a fault is made on, and what must be true after it: the same for all of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.crowd import TERMINAL, Crowd, until
from tests.chaos.rows import rows
from tests.chaos.use import Use, use_of
from tests.chaos.whole import Whole
from tests.e2e.proxy import Proxy
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis
from tests.site import Site

GENEROUS = 60.0  # seconds on a machine that does other things, too; what was seen is in the report
BACK_SECONDS = 60.0  # so long memory and open files may take
MOST_GROWN = 1.1


@dataclass(slots=True)
class Stage:
    sites: list[Site]
    tokens: dict[str, str]
    directory: Path
    redis: Redis | None = None
    postgres: Postgres | None = None
    proxy: Proxy | None = None
    whole: Whole | None = None  # these sites behind nginx
    room: str = "general"
    crowd: Crowd = field(init=False)
    notes: list[str] = field(default_factory=list)

    @property
    def site(self) -> Site:
        return self.sites[-1]

    @property
    def name(self) -> str:
        """For the report."""
        if self.whole is not None:
            return "all behind nginx"
        return "two processes" if len(self.sites) > 1 else "one process"

    def use(self) -> list[Use]:
        return [use_of(site) for site in self.sites]


@dataclass(slots=True)
class Verdict:
    """What was seen; ``wrong`` is empty if all is as it has to be."""

    posts: int
    replies: dict[str, int]
    recovered_seconds: float
    resent: int
    grown: list[str]
    wrong: list[str]


async def judge(stage: Stage, before: list[Use], seconds: float) -> Verdict:
    """When nothing more is said: is everything everywhere, once, and has every reply ended?"""
    wrong: list[str] = []
    posts = await settled(stage, wrong)
    ended = "SELECT status, count(*) FROM chat_message WHERE attempt_number > 0 GROUP BY status"
    replies: dict[str, int] = dict(rows(stage.site, ended))
    wrong += [f"a reply is {status}" for status in replies if status not in TERMINAL]
    grown = await settled_use(stage, before, wrong)
    return Verdict(posts, replies, seconds, stage.crowd.resent, grown, wrong)


async def settled(stage: Stage, wrong: list[str]) -> int:
    """How many posts are stored when nothing more is said, and what of it is not as it has to be."""
    crowd = stage.crowd
    await crowd.rest()
    try:
        await until(lambda: not any(client.outbox for client in crowd.clients), GENEROUS, lambda: "unacknowledged")
        await until_replies_ended(stage.site)
        await crowd.everybody_has(set(crowd.said), GENEROUS)
        await alike(stage)
    except TimeoutError as error:
        wrong.append(str(error))
    return stored(stage, wrong)


def stored(stage: Stage, wrong: list[str]) -> int:
    """Every acknowledged post is there once, and nothing that was said is there twice."""
    found = rows(stage.site, "SELECT id, CAST(client_id AS text) FROM chat_message WHERE client_id IS NOT NULL")
    by_client = Counter(client_id.replace("-", "") for _, client_id in found)
    wrong += [f"{client_id} is stored {count} times" for client_id, count in by_client.items() if count > 1]
    for client in stage.crowd.clients:
        lost = [key for key in client.acknowledged if by_client[key.replace("-", "")] != 1]
        wrong += [f"acknowledged and lost: {key}" for key in lost]
    return len(found)


async def alike(stage: Stage) -> None:
    """All clients show the same messages in the same state, each once, and those that are stored."""
    room = f"(SELECT id FROM chat_room WHERE slug = '{stage.room}')"
    query = f"SELECT id, revision FROM chat_message WHERE room_id = {room}"

    def others() -> int:
        truth: dict[int, int] = dict(rows(stage.site, query))
        shown = [{key: m["revision"] for key, m in client.messages.items()} for client in stage.crowd.clients]
        doubled = sum(len(client.texts()) != len(client.messages) for client in stage.crowd.clients)
        return sum(one != truth for one in shown) + doubled

    await until(lambda: not others(), GENEROUS, lambda: f"{others()} clients show something else")


async def until_replies_ended(site: Site) -> None:
    def running() -> list[tuple[Any, ...]]:
        return rows(site, "SELECT id FROM chat_reply WHERE is_open")

    await until(lambda: not running(), 2 * GENEROUS, lambda: f"running: {running()}")


async def settled_use(stage: Stage, before: list[Use], wrong: list[str]) -> list[str]:
    """Memory of each process, and files of all together (clients may have moved to another one): within 10 %."""

    def is_back() -> bool:
        now = stage.use()
        is_lean = all(new.memory <= MOST_GROWN * old.memory for old, new in zip(before, now, strict=True))
        return is_lean and sum(use.files for use in now) <= MOST_GROWN * sum(use.files for use in before)

    def grown() -> list[str]:
        return [f"{old.megabytes} → {new.megabytes} MB, {old.files} → {new.files} files" for old, new in pairs()]

    def pairs() -> list[tuple[Use, Use]]:
        return list(zip(before, stage.use(), strict=True))

    try:
        await until(is_back, BACK_SECONDS, lambda: f"grown: {grown()}")
    except TimeoutError as error:
        wrong.append(str(error))
    return grown()


async def restart(sites: Sequence[Site]) -> None:
    await asyncio.gather(*(asyncio.to_thread(site.start) for site in sites))
