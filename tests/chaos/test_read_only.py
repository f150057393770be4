"""PostgreSQL takes nothing for a while, but reads: its disk is nearly full, or the host is one that follows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from uuid import uuid4

import httpx
import psycopg

from tests.chaos.bots import Bot
from tests.chaos.conftest import Template, copy_postgres
from tests.fake_llm import FakeLLM
from tests.servers.postgres import Postgres
from tests.site import Site

AT_ONCE = 30  # so that more than one line is opened meanwhile
BACK_SECONDS = 30  # on a machine that does other things, too; before, it was an hour


async def test_what_a_read_only_database_did_not_take_is_taken_as_soon_as_it_may_be_written(
    site_factory: Callable[..., Site], postgres_server: Postgres, postgres_template: Template, model: FakeLLM
) -> None:
    site = site_factory(RATE_LIMITS="0")
    copy_postgres(postgres_template, postgres_server, site, model)
    site.start()
    bearer = {"Authorization": f"Bearer {postgres_template.tokens['ana']}"}
    async with httpx.AsyncClient(base_url=site.url, headers=bearer, trust_env=False, timeout=30) as ana:
        make_read_only(site)
        refused = await asyncio.gather(*(post(ana) for _ in range(AT_ONCE)))
        make_writable(site)
        began = time.monotonic()
        while {answer.status_code for answer in await asyncio.gather(*(post(ana) for _ in range(AT_ONCE)))} != {201}:
            assert time.monotonic() - began < BACK_SECONDS
            await asyncio.sleep(0.2)

    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(503, "unavailable")}


async def test_who_only_reads_a_read_only_database_is_not_refused(
    site_factory: Callable[..., Site], postgres_server: Postgres, postgres_template: Template, model: FakeLLM
) -> None:
    site = site_factory()
    copy_postgres(postgres_template, postgres_server, site, model)
    site.start()
    make_read_only(site)
    bearer = {"Authorization": f"Bearer {postgres_template.tokens['ana']}"}
    async with httpx.AsyncClient(base_url=site.url, headers=bearer, trust_env=False, timeout=30) as ana:
        read = await ana.get("/api/rooms/general/messages")
        async with Bot(site, postgres_template.tokens["ben"]) as ben:
            assert ben.connects == 1

    assert read.status_code == 200


async def post(program: httpx.AsyncClient) -> httpx.Response:
    return await program.post("/api/rooms/general/messages", json={"text": "hello", "client_id": str(uuid4())})


def make_read_only(site: Site) -> None:
    """For whoever comes from now on, which is everybody: the lines that are open are cut."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    name = database_of(site)
    with psycopg.connect(site.environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        connection.execute(others, [name])


def make_writable(site: Site) -> None:
    with psycopg.connect(site.environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f"ALTER DATABASE {database_of(site)} RESET default_transaction_read_only")


def database_of(site: Site) -> str:
    return site.environment["DATABASE_URL"].rpartition("/")[2]
