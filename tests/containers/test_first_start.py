"""The README's lines, as a newcomer runs them: `docker compose up --build --detach`, and one person."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import connect

from tests.chaos.bots import Bot
from tests.containers.stack import Stack
from tests.fake_llm import FakeLLM

PASSWORD = "correct-horse-battery"
REFUSED_AFTER = 300  # requests a minute of one address without anybody signed in
FROM_INSIDE = """
import urllib.request
asked = urllib.request.Request('http://nginx/accounts/login/', headers={'Host': '127.0.0.1'})
print(urllib.request.urlopen(asked).status)
"""


def test_setup_has_run_once_and_everything_is_well(plain: Stack) -> None:
    (setup,) = plain.ids("setup")
    assert plain.inspect(setup, "{{.State.ExitCode}} {{.State.Running}} {{.RestartCount}}") == "0 false 0"
    assert "Nobody is staff yet: python manage.py adduser NAME --staff" in plain.run("docker compose logs setup")
    for service in ("web", "redis", "postgres"):
        assert [plain.is_healthy(container) for container in plain.ids(service)] == [True]
    examined = plain.manage("doctor")
    assert "WRONG" not in examined
    assert "A message came through Redis." in examined


async def test_a_person_made_by_command_signs_in_posts_and_is_answered(plain: Stack) -> None:
    assert plain.manage("adduser root --staff --password-stdin", stdin=PASSWORD) == "root: made.\n"
    async with plain.client() as root, Bot(plain.site, plain.tokens["ben"]) as ben:
        await sign_in(root, "root")
        assert (await root.get("/admin/")).status_code == 200
        page = (await root.get("/rooms/general/")).text
        await say(root, plain, "hello out there")
        await ben.until(lambda: "hello out there" in ben.texts())

        await ben.say("@demo count to 5")
        await ben.until(lambda: any(m["text"] == "1 2 3 4 5" and m["status"] == "complete" for m in answers(ben)))
        style = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
        answer = await root.get(style)
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/css")
        assert "immutable" in answer.headers["cache-control"]  # named by its content: collected with the image


def answers(bot: Bot) -> list[dict]:
    return [message for message in bot.messages.values() if message["author"]["kind"] == "assistant"]


async def sign_in(client: httpx.AsyncClient, name: str) -> None:
    await client.get("/accounts/login/")
    token = client.cookies["csrftoken"]
    fields = {"login": name, "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = await client.post("/accounts/login/", data=fields, headers={"Origin": str(client.base_url).rstrip("/")})
    assert answer.status_code == 302, answer.text


async def say(client: httpx.AsyncClient, stack: Stack, text: str) -> None:
    """By a socket as a browser opens it: with the session's cookie, from the page's origin."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    address = f"ws://{urlsplit(stack.url).netloc}/ws/rooms/general/"
    async with connect(
        address,
        origin=stack.url,  # type: ignore[arg-type]
        subprotocols=["chat.json.v1"],  # type: ignore[list-item]
        additional_headers={"Cookie": cookies},
        proxy=None,
    ) as socket:
        await socket.send(json.dumps({"type": "message.send", "text": text, "client_id": "7b0e2f3a" + "0" * 24}))
        async for frame in socket:
            if text in str(frame):
                return


async def test_an_assistant_on_the_host_is_asked_by_the_gateway_s_address(plain: Stack, helper: FakeLLM) -> None:
    helper.reply_with("1 2 3")
    async with Bot(plain.site, plain.tokens["ana"]) as ana:
        await ana.say("@helper count")
        await ana.until(lambda: any(message["text"] == "1 2 3" for message in answers(ana)), 60)


async def test_what_is_for_inside_is_not_there_for_those_outside(plain: Stack) -> None:
    async with plain.client() as nobody:
        answered = {path: (await nobody.get(path)).status_code for path in ("/metrics", "/readyz", "/sent-files/files")}
    assert set(answered.values()) == {404}
    assert plain.run("docker compose port nginx 80") == f"127.0.0.1:{plain.port}\n"
    for service in ("web", "postgres", "redis"):
        assert plain.inspect(plain.ids(service)[0], "{{range .NetworkSettings.Ports}}{{.}}{{end}}") == "[]"


async def test_limits_count_the_real_address_whatever_a_client_says_of_itself(plain: Stack) -> None:
    async with plain.client() as flooding:
        answers = await asyncio.gather(*(ask_nothing(flooding, number) for number in range(REFUSED_AFTER + 100)))
        assert set(answers) == {404, 429}
        assert await ask_nothing(flooding, 0) == 429
    assert plain.run(f'docker compose exec -T web python -c "{FROM_INSIDE}"') == "200\n"


async def ask_nothing(client: httpx.AsyncClient, number: int, **headers: str) -> int:
    """Each time as somebody else, by the headers that proxies set."""
    forged = f"192.0.2.{number % 250}"
    said = {"X-Forwarded-For": forged, "X-Real-IP": forged, "Forwarded": f"for={forged}"} | headers
    return (await client.get("/nothing-here", headers=said)).status_code
