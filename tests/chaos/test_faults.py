"""Under a steady load one thing after another goes wrong: what was acknowledged is stored once, and seen by everyone.

``python -m tests.chaos.report`` runs these and writes docs/reliability.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.chaos import faults
from tests.chaos.clock import make_movable
from tests.chaos.conftest import Template, copy_sqlite, point_helper_to
from tests.chaos.crowd import Crowd
from tests.chaos.stage import GENEROUS, Stage, Verdict, judge
from tests.chaos.whole import Whole
from tests.e2e.proxy import proxy_before
from tests.fake_llm import FakeLLM
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis
from tests.site import Site

SOCKETS = 50
WARM_SECONDS = 3.0
ON_TWO = [
    faults.redis_restarted_and_flushed,
    faults.redis_gone_for_20_s,
    faults.postgresql_restarted,
    faults.a_process_killed,
    faults.all_processes_killed,
    faults.readers_that_stop_reading,
    faults.a_client_that_floods,
    faults.a_frame_of_100_mb,
    faults.packets_that_vanish,
    faults.the_clock_moved,
]
BEHIND_NGINX = [faults.every_process_restarted_in_turn, faults.nginx_reloaded]
ON_ONE = [faults.sqlite_locked_for_3_s, faults.all_processes_killed]
pytestmark = pytest.mark.timeout(600)  # a quarter of a minute, but for what waits for a machine that is busy
WORDS = " ".join(f"w{number}" for number in range(50))


@pytest.fixture
def two(
    site_factory: Callable[..., Site], redis_server: Redis, postgres_server: Postgres, postgres_template: Template,
    model: FakeLLM, tmp_path: Path,
) -> Stage:  # fmt: skip
    """Two processes over Redis and PostgreSQL."""
    import psycopg

    site = site_factory(REDIS_URL=redis_server.url)
    make_movable(site, tmp_path / "clock")
    site.environment["DATABASE_URL"] = postgres_server.new_database(like=postgres_template.url.rpartition("/")[2])
    with psycopg.connect(site.environment["DATABASE_URL"]) as connection:
        point_helper_to(connection, model)
    return Stage([site, site.beside()], postgres_template.tokens, tmp_path, redis_server, postgres_server)


@pytest.fixture
def one(site_factory: Callable[..., Site], sqlite_template: Template, model: FakeLLM, tmp_path: Path) -> Stage:
    """One process on embedded defaults."""
    site = site_factory()
    copy_sqlite(sqlite_template, site, model)
    return Stage([site], sqlite_template.tokens, tmp_path)


@pytest.mark.parametrize("fault", ON_TWO, ids=lambda fault: fault.__name__)
async def test_two_processes_lose_nothing(fault: faults.Fault, two: Stage, model: FakeLLM) -> None:
    await stands(fault, two, model)


async def test_a_crowd_that_comes_at_once_leaves_nothing_behind(jemalloc: str, two: Stage, model: FakeLLM) -> None:
    """The first that a process sees: its memory, too."""
    two.sites[0].environment["RATE_LIMITS"] = two.sites[1].environment["RATE_LIMITS"] = "0"
    await stands(faults.so_many_connects_at_once, two, model)


@pytest.mark.parametrize("fault", BEHIND_NGINX, ids=lambda fault: fault.__name__)
async def test_a_whole_site_loses_nothing(
    fault: faults.Fault, whole_site: Whole, model: FakeLLM, tmp_path: Path
) -> None:
    stage = Stage([whole_site.writer, *whole_site.webs], whole_site.tokens, tmp_path, whole=whole_site)
    await holds(fault, stage, model)


@pytest.mark.parametrize("fault", ON_ONE, ids=lambda fault: fault.__name__)
async def test_one_process_loses_nothing(fault: faults.Fault, one: Stage, model: FakeLLM) -> None:
    await stands(fault, one, model)


async def test_a_full_disk_loses_nothing(
    small_disk: Path, one: Stage, sqlite_template: Template, model: FakeLLM
) -> None:
    one.site.directory = small_disk
    copy_sqlite(sqlite_template, one.site, model)
    await stands(faults.the_disk_full, one, model)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB; only root may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"NOT TESTED: a full disk. No tmpfs can be mounted here: {done.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


async def stands(fault: faults.Fault, stage: Stage, model: FakeLLM) -> None:
    for site in stage.sites:
        await asyncio.to_thread(site.start)
    await holds(fault, stage, model)


async def holds(fault: faults.Fault, stage: Stage, model: FakeLLM) -> None:
    """Warm up, break, mend, and look."""
    model.reply_with(WORDS, tokens_per_second=10)
    async with crowd_of(stage, through_proxy=fault is faults.packets_that_vanish) as stage.crowd:
        await stage.crowd.warmed_up(GENEROUS)
        await asyncio.sleep(WARM_SECONDS)
        before = stage.use()
        await fault(stage)
        mended = time.monotonic()
        await stage.crowd.everybody_has(set(stage.crowd.said), GENEROUS)
        seconds = time.monotonic() - mended
        await asyncio.sleep(1)
        verdict = await judge(stage, before, seconds)
        report(fault, stage, verdict)
    assert verdict.wrong == []


@asynccontextmanager
async def crowd_of(stage: Stage, *, through_proxy: bool) -> AsyncIterator[Crowd]:
    tokens = [stage.tokens[name] for name in ("ana", "ben", "cleo")]
    async with proxy_before(stage.sites[0].port) as stage.proxy:
        port = int(stage.proxy.url.rpartition(":")[2])
        doors: list[Any] = [Site(stage.directory, port=port), *stage.sites[1:]] if through_proxy else stage.sites
        async with Crowd([stage.whole.nginx] if stage.whole else doors, tokens, SOCKETS) as crowd:
            yield crowd


def report(fault: faults.Fault, stage: Stage, verdict: Verdict) -> None:
    """One row of the table, if one is being made."""
    if path := os.environ.get("RELIABILITY_ROWS"):
        row = {"fault": fault.__name__, "on": stage.name, "notes": stage.notes, **asdict(verdict)}
        with Path(path).open("a") as target:
            target.write(json.dumps(row) + "\n")
