"""The site as it is deployed, through nginx: what that must pass on, at once, and what it must not."""

from __future__ import annotations

import asyncio
import json

import httpx

from chat.consumers.front.completions import BODY_LIMIT
from tests.chaos.bots import Bot
from tests.chaos.whole import Whole, connections_to, read_until
from tests.fake_llm import FakeLLM
from tests.pictures import png

JSON = {"Content-Type": "application/json"}
REFUSED_AFTER = 300  # requests a minute of one address without anybody signed in


async def test_people_on_two_processes_talk_and_a_third_writes_the_reply(whole_site: Whole, model: FakeLLM) -> None:
    nginx, tokens = whole_site.nginx, whole_site.tokens
    async with Bot(nginx, tokens["ana"]) as ana, Bot(nginx, tokens["ben"]) as ben, Bot(nginx, tokens["cleo"]) as cleo:
        assert all(connections_to(web) for web in whole_site.webs)
        await asyncio.gather(*(bot.say(f"{name} {n}") for n in range(20) for name, bot in (("a", ana), ("b", ben))))
        for bot in (ana, ben, cleo):
            await bot.until(lambda bot=bot: len(bot.messages) == 40 and not bot.outbox)
        assert ana.texts() == ben.texts() == cleo.texts()

        hold = model.hold("1 2 3", " 4 5")
        await ana.say("@helper count")
        for bot in (ana, ben, cleo):
            await bot.until(lambda bot=bot: any(text == "1 2 3" for _, _, text in bot.running.values()))
        hold.release()
        for bot in (ana, ben, cleo):
            await bot.until(lambda bot=bot: bot.reply()["status"] == "complete")
            assert bot.reply()["text"] == "1 2 3 4 5"
            assert len(bot.arrivals) == len(set(bot.arrivals)) == 42


async def test_streams_are_passed_on_while_they_are_written(whole_site: Whole, model: FakeLLM) -> None:
    hold = model.hold("counting", " done")  # one word each: words may come apart over events
    question = {"message": "count", "room": "general", "assistant": "helper"}
    completion = {"model": "helper", "stream": True, "messages": [{"role": "user", "content": "count"}]}
    async with whole_site.client("ana") as ana, whole_site.client("ben") as ben:
        async with ben.stream("GET", "/rooms/general/events/") as stream:
            events = stream.aiter_text()
            async with ana.stream("POST", "/api/chat/stream", json=question) as answer:
                pieces = answer.aiter_text()
                await read_until(pieces, lambda text: "counting" in text)
                await read_until(events, lambda text: "counting" in text)
                hold.release()
                await read_until(pieces, lambda text: '"completed"' in text)

        hold = model.hold("counting", " done")
        async with ana.stream("POST", "/v1/chat/completions", json=completion) as chunks:
            pieces = chunks.aiter_text()
            await read_until(pieces, lambda text: "counting" in text)
            hold.release()
            await read_until(pieces, lambda text: "[DONE]" in text)


async def test_a_question_of_a_program_may_be_as_long_as_the_site_takes_it(whole_site: Whole, model: FakeLLM) -> None:
    async with whole_site.client("ana") as ana:
        taken = await ana.post("/v1/chat/completions", content=completion_of(BODY_LIMIT), headers=JSON)
        assert (taken.status_code, taken.json()["object"]) == (200, "chat.completion")

        refused = await ana.post("/v1/chat/completions", content=completion_of(BODY_LIMIT + 1), headers=JSON)
        assert (refused.status_code, refused.json()["error"]["code"]) == (413, "too_large")
        refused = await ana.post("/api/chat", content=completion_of(4_000_000), headers=JSON)
        assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


def completion_of(length: int) -> bytes:
    """A question with so much beside it that nobody reads."""
    question = {"model": "helper", "messages": [{"role": "user", "content": "count"}], "metadata": ""}
    return json.dumps(question).encode().replace(b'""', b'"%s"' % (b"x" * (length - len(json.dumps(question)))))


async def test_limits_count_the_real_address_whatever_a_client_says_of_itself(whole_site: Whole) -> None:
    async with whole_site.client(address="127.0.0.2") as flooding, whole_site.client(address="127.0.0.3") as other:
        answers = await asyncio.gather(*(ask_nothing(flooding, number) for number in range(REFUSED_AFTER)))
        assert set(answers) == {404}

        assert await ask_nothing(flooding, REFUSED_AFTER) == 429
        assert await ask_nothing(other, 0) == 404
        assert await ask_nothing(other, 0, as_if="127.0.0.2") == 404


async def ask_nothing(client: httpx.AsyncClient, number: int, *, as_if: str = "") -> int:
    """Each time as somebody else, by the headers that proxies set."""
    forged = as_if or f"192.0.2.{number % 250}"
    headers = {"X-Forwarded-For": forged, "X-Real-IP": forged, "Forwarded": f"for={forged}"}
    return (await client.get("/nothing-here", headers=headers)).status_code


async def test_pages_come_through_from_whoever_lives_and_what_is_for_inside_does_not(whole_site: Whole) -> None:
    async with whole_site.client() as client:
        page = await client.get("/accounts/login/")
        assert page.status_code == 200
        assert len(page.headers["x-request-id"]) == 32
        assert (await client.get("/static/css/app.css")).headers["content-type"].startswith("text/css")
        for path in ("/readyz", "/metrics"):
            assert (await client.get(path)).status_code == 404
        secure = await client.get(
            "/accounts/login/", headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "x.org"}
        )
        assert secure.status_code == 200

        for key in ("password/reset/key/1-quitte", "confirm-email/quitte"):
            assert (await client.get(f"/accounts/{key}/")).status_code == 200
        assert "quitte" not in (whole_site.nginx.directory / "access.log").read_text()

        whole_site.webs[0].kill()
        answers = [(await client.get("/accounts/login/")).status_code for _ in range(8)]
        assert answers == [200] * 8


async def test_files_are_sent_by_nginx_to_whoever_may_have_them(whole_site: Whole) -> None:
    sent = [("files", ("plan.html", b"<script>" * 600_000)), ("files", ("a.png", png()))]
    async with whole_site.client("ana") as ana, whole_site.client("ben") as ben, whole_site.client() as nobody:
        said = await ana.post("/api/rooms/general/messages", files=sent)
        page, picture = said.raise_for_status().json()["attachments"]

        answer = await ben.get(page["url"])
        assert answer.content == b"<script>" * 600_000
        assert answer.headers["server"] == "nginx"
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["content-disposition"] == 'attachment; filename="plan.html"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "x-accel-redirect" not in answer.headers

        seen = await ben.get(picture["url"])
        assert seen.headers["content-type"] == "image/png"
        again = await ben.get(picture["url"], headers={"If-None-Match": seen.headers["etag"]})
        assert again.status_code == 304

        part = await ben.get(page["url"], headers={"Range": "bytes=0-7"})
        assert (part.status_code, part.content) == (206, b"<script>")

        assert (await nobody.get(page["url"])).status_code == 302
        kept = next(path for path in (whole_site.webs[0].directory / "media").rglob("*") if path.is_file())
        inside = kept.relative_to(whole_site.webs[0].directory / "media")
        assert (await ben.get(f"/sent-files/{inside}")).status_code == 404
    assert "plan.html" not in (whole_site.nginx.directory / "access.log").read_text()
