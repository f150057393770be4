"""What the doctor finds of those whom a site asks: models, Redis, mail, and the site itself from outside."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import httpx
import pytest
import redis
from pytest_django import Settings

from chat.services.assistants import save_assistant
from chat.services.checkup import Grade, examine, rounds
from chat.services.checkup.reaching import unreached
from chat.services.people import deactivate
from chatsite import backends
from tests.commands.examining import grades
from tests.commands.running import complaint
from tests.factories import make_assistant
from tests.servers.answers import answering
from tests.servers.redis import Redis
from tests.site import CommandFailed, Site
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def closed_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
    return port


def test_an_assistant_without_its_key_is_named(db: None):
    make_assistant("acme", provider="openai", base_url="http://127.0.0.1:9/v1", model="m", key_env="ACME_KEY_UNSET")

    finding, default = examine(["assistants"])

    assert (finding.grade, finding.words) == (Grade.FAULT, "acme: The variable ACME_KEY_UNSET is not set.")
    assert (default.grade, default.words) == (
        Grade.DOUBT,
        "DEFAULT_ASSISTANT is demo, which is not here: nobody new gets a room with it.",
    )
    assert complaint("doctor", "assistants") == "1 thing to be put right."


def test_a_default_assistant_that_answers_is_nothing_to_look_at(db: None):
    make_assistant("demo")
    assert grades("assistants") == [Grade.OK]

    deactivate(person=make_assistant("helper").user, by=None)
    assert grades("assistants") == [Grade.OK]
    save_assistant(slug="demo", enabled=False)
    make_assistant("another")
    assert grades("assistants") == [Grade.OK, Grade.DOUBT]


def test_without_a_key_of_its_own_no_site_will_start(site_factory: Callable[..., Site]):
    site = site_factory(SECRET_KEY="").prepare()

    with pytest.raises(CommandFailed, match=r"WRONG key +SECRET_KEY is not set: manage.py serve will not start."):
        site.manage("doctor", "key")
    assert grades("key") == [Grade.OK]


@pytest.mark.parametrize(
    ("key", "grade"), [("abc", Grade.DOUBT), ("a" * 60, Grade.DOUBT), ("0123456789abcdef" * 2, Grade.OK)]
)
def test_a_key_that_can_be_guessed_is_in_doubt(settings: Settings, key: str, grade: Grade):
    settings.SECRET_KEY = key

    assert grades("key") == [grade]


def test_a_broker_that_carries_is_well(settings: Settings, redis_url: str):
    settings.REDIS_URL = redis_url
    settings.CHANNEL_LAYERS = {"default": backends.redis_layer(redis_url)}

    assert [finding.words for finding in examine(["broker"])] == [
        "A message came through Redis.",
        "It agrees with Redis's.",
    ]


def test_a_broker_that_is_away_is_a_fault_and_the_cache_is_not_asked(settings: Settings, closed_port: int):
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port}/0"
    settings.CHANNEL_LAYERS = {"default": backends.redis_layer(settings.REDIS_URL)}

    assert grades("broker", "cache") == [Grade.FAULT]


def test_a_broker_with_a_password_asks_for_it(settings: Settings, redis_server: Redis):
    with redis.Redis.from_url(redis_server.url) as beside:
        beside.config_set("requirepass", "a word")
        settings.REDIS_URL = redis_server.url
        settings.CHANNEL_LAYERS = {"default": backends.redis_layer(settings.REDIS_URL)}

        (finding,) = examine(["broker"])

        beside.auth("a word")
        beside.config_set("requirepass", "")
    assert (finding.grade, finding.words) == (Grade.FAULT, "Redis wants a password, or another one.")


@pytest.fixture
def dripping_port() -> Iterator[int]:
    """Whoever comes gets a byte at a time, without end."""
    before, is_over = threading.active_count(), threading.Event()

    def drip() -> None:
        line, _ = server.accept()
        with line:
            while not is_over.wait(0.05):
                line.sendall(b"2")

    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        threading.Thread(target=drip).start()
        yield server.getsockname()[1]
        is_over.set()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while threading.active_count() > before:  # who asked hears the end of it, and ends, too
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.mark.parametrize("part", ["mail", "address"])
def test_a_server_that_answers_without_end_is_left_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, dripping_port: int, part: str
):
    monkeypatch.setattr(rounds, "MOST_SECONDS", 0.5)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", dripping_port
    settings.SITE_URL = f"http://127.0.0.1:{dripping_port}"

    (finding,) = examine([part])

    assert (finding.grade, finding.words) == (Grade.FAULT, "It began to answer, and had not ended after 0.5 s.")


def test_mail_that_nobody_takes_is_a_fault(settings: Settings, closed_port: int):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port

    (finding,) = examine(["mail"])

    assert finding.grade is Grade.FAULT
    assert finding.words.startswith(f"127.0.0.1:{closed_port}: ")


async def test_a_mail_server_is_greeted_and_sent_nothing(settings: Settings):
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        async for line in reader:
            heard.append(line.split()[0].upper())
            writer.write(b"221 bye\r\n" if heard[-1] == b"QUIT" else b"250 ok\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.sockets[0].getsockname()
        found = await asyncio.to_thread(grades, "mail")

    assert found == [Grade.OK]
    assert set(heard) <= {b"EHLO", b"QUIT"}


def test_printed_mail_is_a_doubt(settings: Settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert grades("mail") == [Grade.DOUBT]


def test_a_proxy_that_is_not_believed_is_found_by_its_redirects(settings: Settings):
    with answering(301, Location="{origin}/accounts/login/") as settings.SITE_URL:
        (finding,) = examine(["address"])

    assert finding.remedy == "Name the proxy's address in TRUSTED_PROXIES."


def test_a_proxy_that_hides_the_host_is_found(settings: Settings):
    with answering(400) as settings.SITE_URL:
        (finding,) = examine(["address"])

    assert finding.grade is Grade.FAULT
    assert "ALLOWED_HOSTS" in finding.remedy


def test_a_site_is_asked_itself_where_the_way_out_is_by_a_proxy(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, closed_port: int
):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port}")

    with answering(200) as settings.SITE_URL:
        assert grades("address") == [Grade.OK]


def test_a_site_that_is_not_started_is_a_doubt(settings: Settings, closed_port: int):
    settings.SITE_URL = f"http://127.0.0.1:{closed_port}"

    assert grades("address", "proxy") == [Grade.DOUBT, Grade.DOUBT]


def test_a_name_that_nobody_knows_is_dns_and_not_the_site():
    with pytest.raises(socket.gaierror) as unknown:
        socket.getaddrinfo("chat.example.org", 443, flags=socket.AI_NUMERICHOST)
    error = httpx.ConnectError("away")
    error.__cause__ = unknown.value

    finding = unreached("address", error)

    assert (finding.grade, finding.remedy) == (Grade.DOUBT, "Let DNS say where it is, or set SITE_URL.")


def test_what_browsers_do_not_believe_is_a_fault_and_the_proxy_is_not_asked(settings: Settings):
    with answering(200) as origin:
        settings.SITE_URL = origin.replace("http:", "https:")
        (finding,) = examine(["address", "proxy"])

    assert finding.grade is Grade.FAULT
    assert "certificate" in finding.remedy
