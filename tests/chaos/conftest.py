from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.chaos.whole import Whole
from tests.fake_llm import FakeLLM
from tests.servers.nginx import Nginx
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis
from tests.site import Site

Tokens = dict[str, str]
Peopled = tuple[Site, Tokens]
Two = tuple[Site, Site, Tokens]

NAMES = ("ana", "ben", "cleo", "dora")
PEOPLE = f"""
from chat.services import assistants, people, rooms, tokens
helper, _ = assistants.save_assistant(slug="helper", provider="openai", base_url="http://127.0.0.1:9/v1", model="fake")
rooms.add_member(room=people.general_room(), by=None, user=helper.user)
for name in {NAMES}:
    print(tokens.create_token(user=people.create_person(name=name))[1])
"""


@dataclass(frozen=True)
class Template:
    """A site's database with people and an assistant in it, made once for all tests."""

    url: str
    tokens: Tokens


@pytest.fixture
def model() -> Iterator[FakeLLM]:
    with FakeLLM() as llm:
        yield llm


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    directory = tmp_path_factory.mktemp("template")
    return fill(Site(directory))


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory, postgres_server: Postgres) -> Template:
    environment = {"DATABASE_URL": postgres_server.new_database()}
    return fill(Site(tmp_path_factory.mktemp("template"), environment))


def fill(site: Site) -> Template:
    """By one command: each would cost more than all it does."""
    site.prepare()
    tokens = site.manage("shell", "--verbosity=0", "--command", PEOPLE).split()
    url = site.environment.get("DATABASE_URL") or f"sqlite:///{site.directory / 'db.sqlite3'}"
    return Template(url, dict(zip(NAMES, tokens, strict=True)))


@pytest.fixture
def peopled_site(site_factory: Callable[..., Site], sqlite_template: Template, model: FakeLLM) -> Peopled:
    """A site of one process on embedded defaults."""
    site = site_factory()
    copy_sqlite(sqlite_template, site, model)
    return site, sqlite_template.tokens


@pytest.fixture(params=["sqlite", "postgresql"])
def two_sites(
    request: pytest.FixtureRequest, site_factory: Callable[..., Site], redis_server: Redis, model: FakeLLM
) -> Two:
    """Two processes of one site, over a real Redis."""
    site = site_factory(REDIS_URL=redis_server.url, RATE_LIMITS="0")
    if request.param == "sqlite":
        template: Template = request.getfixturevalue("sqlite_template")
        copy_sqlite(template, site, model)
    else:
        template = request.getfixturevalue("postgres_template")
        copy_postgres(template, request.getfixturevalue("postgres_server"), site, model)
    return site, site.beside(), template.tokens


@pytest.fixture
def whole_site(
    site_factory: Callable[..., Site],
    nginx: Nginx,
    redis_server: Redis,
    postgres_server: Postgres,
    postgres_template: Template,
    model: FakeLLM,
) -> Whole:
    """As docs/operations.md sets it up by hand: nginx, two web processes, one for replies, Redis and PostgreSQL."""
    first = site_factory(
        SITE_URL=nginx.url,
        REDIS_URL=redis_server.url,
        TRUSTED_PROXIES="127.0.0.1",
        REPLIES_IN_WEB="0",
        FILES_BY_NGINX="/sent-files/",
    )
    copy_postgres(postgres_template, postgres_server, first, model)
    return Whole(nginx, (first, first.beside()), first.beside(), postgres_template.tokens).start()


def copy_sqlite(template: Template, site: Site, model: FakeLLM) -> None:
    import sqlite3

    source = Path(template.url.removeprefix("sqlite:///"))
    for part in source.parent.glob(f"{source.name}*"):
        shutil.copy(part, site.directory / part.name)
    with closing(sqlite3.connect(site.directory / source.name)) as connection, connection:
        point_helper_to(connection, model)


def copy_postgres(template: Template, server: Postgres, site: Site, model: FakeLLM) -> None:
    site.environment["DATABASE_URL"] = server.new_database(like=template.url.rpartition("/")[2])
    with psycopg.connect(site.environment["DATABASE_URL"]) as connection:
        point_helper_to(connection, model)


def point_helper_to(connection: Any, model: FakeLLM) -> None:
    connection.execute(f"UPDATE chat_assistant SET base_url = '{model.url}' WHERE provider = 'openai'")
