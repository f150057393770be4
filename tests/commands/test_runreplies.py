from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest

from chat.hub import hub
from chat.management.scrapes import answer_scrapes
from tests.prometheus import read
from tests.servers.processes import free_port
from tests.servers.programs import ROOT
from tests.site import CommandFailed, Site


@pytest.mark.django_db(transaction=True)
async def test_its_numbers_are_there_on_a_port_of_its_own_and_nothing_else() -> None:
    port = free_port()
    server = await answer_scrapes("127.0.0.1", port)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as prometheus:
        numbers = await prometheus.get("/metrics")
        lives = await prometheus.get("/healthz", headers={"Host": "chat.example.org"})
        heads = [await prometheus.head(path) for path in ("/metrics", "/healthz", "/")]
        nothing = await prometheus.get("/")
        posted = await prometheus.post("/metrics")
        forwarded = await prometheus.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})
        by_name = [
            (await prometheus.get("/metrics", headers={"Host": host})).status_code
            for host in ("localhost:9101", "chat.example.org", "[")
        ]
    server.close()
    await hub.stop_hubs()

    assert numbers.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert read(numbers.text)["chat_replies_writing"] == 0
    assert [(head.status_code, head.content) for head in heads] == [(200, b""), (200, b""), (404, b"")]
    assert heads[1].headers["content-length"] == "3"
    assert (lives.status_code, lives.text) == (200, "ok\n")
    assert (nothing.status_code, posted.status_code, forwarded.status_code) == (404, 404, 404)
    assert by_name == [200, 404, 404]


async def test_with_a_token_it_asks_for_it(settings: pytest.FixtureRequest) -> None:
    settings.METRICS_TOKEN = "a-long-word"  # type: ignore[attr-defined]
    port = free_port()
    server = await answer_scrapes("127.0.0.1", port)

    async with httpx.AsyncClient(trust_env=False) as stranger:
        answer = await stranger.get(f"http://127.0.0.1:{port}/metrics", headers={"Authorization": "Bearer b"})
    server.close()
    await asyncio.sleep(0)

    assert answer.status_code == 404


@pytest.mark.parametrize("words", [["--metrics-port=99999"], ["--metrics-port=9", "--metrics-host=192.0.2.1"]])
def test_a_port_that_cannot_be_had_is_said_in_one_line(
    site_factory: Callable[..., Site], redis_url: str, words: list[str]
):
    with pytest.raises(CommandFailed, match="CommandError: Metrics cannot be answered on ") as refused:
        site_factory(REDIS_URL=redis_url).migrate().manage("runreplies", *words)

    assert "Traceback" not in str(refused.value)


PUT_AWAY_SLOWLY = """
import time
from chat.management import deadline
class Slow:
    def __del__(self, sleep=time.sleep):
        sleep(60)
slow = Slow()
deadline.END_SECONDS = 0.1
deadline.end_at_the_latest()
"""


AS_IN_A_CONTAINER = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]  # it is process 1


@pytest.mark.parametrize("begun_by", [[], AS_IN_A_CONTAINER])
def test_an_interpreter_that_puts_itself_away_slowly_is_ended_too(begun_by: list[str]):
    if begun_by and subprocess.run([*begun_by, "true"], capture_output=True, check=False).returncode:
        pytest.skip("No process may have numbers of its own here.")

    words = [*begun_by, sys.executable, "-c", PUT_AWAY_SLOWLY]
    done = subprocess.run(words, cwd=ROOT, timeout=30, check=False)

    assert done.returncode == 1
