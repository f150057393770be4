"""The image by itself, as docs/operations.md starts it: one process, SQLite and all files in one volume."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.chaos.bots import Bot
from tests.containers.stack import Stack, written
from tests.servers.processes import START_SECONDS, free_port
from tests.site import Site

NAME = "chat-under-test-alone"


@pytest.fixture
def alone(stack: Stack) -> Iterator[tuple[Site, str]]:
    """The site, and the line that starts it, on a port, in a volume and of an image of the test's own."""
    line = written("docs/operations.md", lambda block: "docker run" in block).partition("docker run ")[2]
    port = free_port()
    own = {
        "127.0.0.1:8000:8000": f"127.0.0.1:{port}:8000",
        "--name chat ": f"--name {NAME} --read-only --tmpfs /tmp ",
        "--volume chat:": f"--volume {NAME}:",
        "--env-file .env chat\n": "--env-file .env chat-under-test\n",
    }
    for written_down, here in own.items():
        assert line.count(written_down) == 1, line
        line = line.replace(written_down, here)
    gone = f"docker rm --force --volumes {NAME}; docker volume rm --force {NAME}"
    stack.run(gone)
    yield Site(stack.directory, port=port), f"docker run {line}"
    stack.run(gone)


async def test_it_serves_and_keeps_what_was_said_over_its_end(stack: Stack, alone: tuple[Site, str]) -> None:
    site, line = alone
    stack.run(line)
    until_it_serves(site)
    stack.run(f"docker exec -i {NAME} python manage.py adduser ana --password-stdin", stdin="correct-horse-1")
    token = stack.run(f"docker exec {NAME} python manage.py addtoken ana").strip()
    async with Bot(site, token) as ana:
        await ana.say("@demo count to 3")
        await ana.until(lambda: "1 2 3" in ana.texts())
    stack.run(f"docker stop -t 15 {NAME}")
    assert stack.inspect(NAME, "{{.State.ExitCode}}") == "0"
    stack.run(f"docker rm {NAME}")

    stack.run(line)
    until_it_serves(site)
    async with Bot(site, token) as ana:
        assert ana.texts()[-2:] == ["@demo count to 3", "1 2 3"]
    assert stack.run(f"docker diff {NAME}") == ""


def until_it_serves(site: Site) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            if httpx.get(f"{site.url}/healthz", timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            assert time.monotonic() < end
        time.sleep(0.1)


def test_without_a_secret_key_it_does_not_serve(stack: Stack) -> None:
    said = stack.run("docker run --rm chat-under-test 2>&1 || true")
    assert "SECRET_KEY is not set" in said
