"""`--scale web=2`, and replies in a container of their own: they are one site, and none of them is needed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.chaos.bots import Bot
from tests.chaos.crowd import until
from tests.chaos.rows import rows
from tests.chaos.stage import Stage, settled
from tests.containers.stack import METRICS_TOKEN, Stack, written
from tests.fake_llm import FakeLLM
from tests.pictures import png

BACK_SECONDS = 90.0
# As Prometheus finds them with `dns_sd_configs`: by the addresses that a name has in the network.
SCRAPE = f"""
import socket, urllib.request
for address in sorted({{found[4][0] for found in socket.getaddrinfo('NAME', 8000, socket.AF_INET)}}):
    bearer = {{'Authorization': 'Bearer {METRICS_TOKEN}'}}
    asked = urllib.request.Request(f'http://{{address}}:8000/metrics', headers=bearer)
    told = urllib.request.urlopen(asked).read().decode()
    print(int(float(told.partition('chat_sockets{{line=\"websocket\"}} ')[2].split()[0])))
"""
KILL = "docker run --rm --pid host --security-opt apparmor=unconfined --entrypoint sh redis:7-bookworm -c 'kill -9 {}'"


async def test_sockets_spread_and_everybody_streams_what_a_third_container_writes(many: Stack, helper: FakeLLM) -> None:
    names = ["ana", "ben", "cleo"] * 2
    hold = helper.hold("one two three", " four")
    bots = [Bot(many.site, many.tokens[name]) for name in names]
    try:
        await asyncio.gather(*(bot.__aenter__() for bot in bots))
        counts = sockets_of(many, "web")
        assert (len(counts), sum(counts)) == (2, len(bots))
        assert all(counts)
        assert sockets_of(many, "replies") == [0]

        await bots[0].say("@helper count")
        for bot in bots:
            await bot.until(lambda bot=bot: any(text == "one two three" for _, _, text in bot.running.values()))
        (running,) = rows(many.site, "SELECT lease_owner FROM chat_reply WHERE is_open")
        (writer,) = many.ids("replies")
        assert running[0].startswith(writer[:12])
        hold.release()
        for bot in bots:
            await bot.until(lambda bot=bot: "one two three four" in bot.texts())
    finally:
        await asyncio.gather(*(bot.__aexit__() for bot in bots))


def sockets_of(stack: Stack, service: str) -> list[int]:
    """Of each of its containers, asked from inside."""
    told = stack.run("docker compose exec -T web python -", stdin=SCRAPE.replace("NAME", service))
    return [int(line) for line in told.split()]


async def test_files_are_sent_by_nginx_from_the_volume_to_whoever_may_have_them(many: Stack) -> None:
    sent = [("files", ("plan.html", b"<script>" * 600_000)), ("files", ("a.png", png()))]
    async with many.client("ana") as ana, many.client("ben") as ben, many.client() as nobody:
        said = (await ana.post("/api/rooms/general/messages", files=sent)).raise_for_status().json()
        page, picture = said["attachments"]
        answer = await ben.get(page["url"])
        assert (answer.content, answer.headers["server"]) == (b"<script>" * 600_000, "nginx")
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert (await ben.get(picture["url"])).headers["content-type"] == "image/png"
        assert (await nobody.get(page["url"])).status_code in {302, 429}

        kept = many.run("docker compose exec -T nginx find /var/lib/chat/media -type f").split()
        assert len(kept) >= 2
        for path in kept:
            assert (await ben.get(path.replace("/var/lib/chat/media", "/sent-files"))).status_code == 404
    assert "plan.html" not in many.run("docker compose logs nginx")


async def restarted_by_the_loop_of_the_documentation(stack: Stack) -> None:
    """And whoever goes from page to page meanwhile is answered each time."""
    loop = written("docs/operations.md", lambda block: "docker restart" in block)
    started = [stack.inspect(container, "{{.State.StartedAt}}") for container in processes(stack)]
    restarting = asyncio.create_task(asyncio.to_thread(stack.run, loop))
    statuses = set()
    async with stack.client("ana") as ana:
        while not restarting.done():
            statuses.add((await ana.get("/api/rooms/general/messages")).status_code)
            await asyncio.sleep(0.2)
    await restarting
    assert statuses == {200}
    assert [stack.is_healthy(container) for container in processes(stack)] == [True] * 3
    now = [stack.inspect(container, "{{.State.StartedAt}}") for container in processes(stack)]
    assert all(new > old for old, new in zip(started, now, strict=True))


def processes(stack: Stack) -> list[str]:
    return stack.ids("web") + stack.ids("replies")


async def one_that_serves_killed(stack: Stack) -> None:
    """By its number on the host: what an engine is asked to kill, it leaves dead."""
    killed = stack.ids("web")[0]
    stack.run(KILL.format(stack.inspect(killed, "{{.State.Pid}}")))
    await until(lambda: stack.inspect(killed, "{{.RestartCount}}") != "0", BACK_SECONDS, lambda: "it is not restarted")
    await until(lambda: stack.is_healthy(killed), BACK_SECONDS, lambda: stack.run(f"docker logs --tail 50 {killed}"))


async def the_writer_of_replies_killed(stack: Stack) -> None:
    (killed,) = stack.ids("replies")
    stack.run(KILL.format(stack.inspect(killed, "{{.State.Pid}}")))
    await until(lambda: stack.inspect(killed, "{{.RestartCount}}") != "0", BACK_SECONDS, lambda: "it is not restarted")


async def redis_restarted(stack: Stack) -> None:
    await asyncio.to_thread(stack.run, "docker compose restart redis")


async def postgresql_restarted(stack: Stack) -> None:
    await asyncio.to_thread(stack.run, "docker compose restart postgres")


FAULTS = [
    restarted_by_the_loop_of_the_documentation,
    one_that_serves_killed,
    the_writer_of_replies_killed,
    redis_restarted,
    postgresql_restarted,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_nothing_is_lost_or_doubled(fault: Callable[[Stack], Awaitable[None]], many: Stack, stage: Stage) -> None:
    before = len(stage.crowd.said)

    await fault(many)

    stage.sites = [many.site]
    told = len(stage.crowd.said)
    wanted = {f"said {told + number}" for number in range(1, 11)}  # it goes on
    await until(lambda: len(stage.crowd.said) >= told + 10, BACK_SECONDS, lambda: "nobody writes")
    wrong: list[str] = []
    assert await settled(stage, wrong) > before
    assert wrong == []
    assert wanted <= set(stage.crowd.clients[0].texts())
    room = f"(SELECT id FROM chat_room WHERE slug = '{stage.room}')"
    ended = f"SELECT DISTINCT status FROM chat_message WHERE attempt_number > 0 AND text <> '' AND room_id = {room}"
    assert {status for (status,) in rows(many.site, ended)} == {"complete"}


async def test_all_end_in_time_when_they_are_told_to_while_people_write(many: Stack, stage: Stage) -> None:
    many.shape = ""
    await asyncio.to_thread(many.run, "docker compose --profile replies stop")
    for service in ("web", "replies", "nginx", "redis", "postgres"):
        ended = [many.inspect(container, "{{.State.ExitCode}}") for container in many.ids(service)]
        assert set(ended) == {"0"}, service  # 137 is killed
