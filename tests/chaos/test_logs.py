"""What a site says of itself in its log, and what it never says."""

from __future__ import annotations

import json
from typing import Any

import httpx
from PIL import ExifTags, Image

from tests.chaos.bots import Bot
from tests.chaos.conftest import Peopled
from tests.fake_llm import FakeLLM
from tests.pictures import picture
from tests.servers.processes import free_port
from tests.servers.redis import Redis
from tests.site import Site

MARKER = "quittenmarmelade"


def lines(site: Site) -> list[dict[str, Any]]:
    return [json.loads(line) for line in site.log.read_text().splitlines() if line.startswith("{")]


def photograph() -> bytes:
    """With what its camera's owner has to say."""
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = MARKER
    return picture("JPEG", exif=exif)


def requests(site: Site) -> list[dict[str, Any]]:
    return [line for line in lines(site) if line["event"] == "request"]


async def test_no_words_no_keys_and_no_addresses_are_logged(
    peopled_site: Peopled, redis_server: Redis, model: FakeLLM
) -> None:
    site, tokens = peopled_site
    site.environment.update(LOG_FORMAT="json", LOG_LEVEL="DEBUG", REDIS_URL=redis_server.url)
    site.start()
    bearer = {"Authorization": f"Bearer {tokens['ana']}"}
    model.reply_with(f"{MARKER} one two")
    async with Bot(site, tokens["ben"]) as bot:
        await bot.say(f"@helper {MARKER}")
        await bot.until(lambda: any(frame["action"] == "end" for frame in bot.controls))
        model.fail_with(500, f"no {MARKER}")
        await bot.say(f"@helper {MARKER} again")
        await bot.until(lambda: any(frame["action"] == "error" for frame in bot.controls))
        await bot.command(type="message.send", text=MARKER, client_id=MARKER)
        await bot.command(type=MARKER)
    async with httpx.AsyncClient(base_url=site.url, headers=bearer, trust_env=False) as ana:
        await ana.post("/api/rooms/general/messages", json={"text": MARKER})
        await ana.post("/api/rooms/general/messages", json={"text": 7, "client_id": MARKER})
        await ana.post("/api/rooms/general/messages", content=f"{{{MARKER}".encode())
        sent = await ana.post(
            "/api/rooms/general/messages", files={"files": (f"{MARKER}.txt", MARKER.encode()), "other": (MARKER, b"")}
        )
        await ana.get(sent.json()["attachments"][0]["url"])
        await ana.post("/api/rooms/general/messages", files={"files": ("cat.jpg", photograph())})
        await ana.get(f"/files/0/{MARKER}")
        await ana.post("/v1/chat/completions", json={"model": MARKER, "messages": []})
        await ana.get(f"/api/rooms/{MARKER}")
        await ana.get("/api/rooms", params={"token": MARKER})
        await ana.get("/api/rooms", headers={"Authorization": f"Bearer {MARKER}", "X-Request-ID": MARKER})
        await ana.get(f"/accounts/password/reset/key/1-{MARKER}/")
        await ana.get(f"/{MARKER}")
        await ana.get("/accounts/login/", headers={"Cookie": f"sessionid={MARKER}"})
        await ana.post("/accounts/login/", data={"login": MARKER, "password": MARKER})
    site.stop()

    said = site.log.read_text()

    assert len(requests(site)) >= 11
    assert MARKER not in said
    assert [token for token in tokens.values() if token in said] == []


async def test_each_request_is_one_line_that_says_who_and_where(peopled_site: Peopled) -> None:
    site, tokens = peopled_site
    site.environment.update(LOG_FORMAT="json", TRUSTED_PROXIES="127.0.0.1")
    site.start()
    bearer = {"Authorization": f"Bearer {tokens['ana']}"}
    async with httpx.AsyncClient(base_url=site.url, headers=bearer, trust_env=False) as ana:
        await ana.get("/healthz")
        first = await ana.post(
            "/api/rooms/general/messages", json={"text": "hello"}, headers={"X-Request-ID": "from-the-proxy-1"}
        )
        second = await ana.get("/api/nothing")
        third = await ana.get("/api/rooms", headers={"X-Request-ID": 'no "id"'})
    async with Bot(site, tokens["ben"]):
        pass
    site.stop()

    posted, missed, listed = requests(site)
    assert first.headers["x-request-id"] == posted["request"] == "from-the-proxy-1"
    assert second.headers["x-request-id"] == missed["request"]
    assert third.headers["x-request-id"] == listed["request"] != 'no "id"'
    assert (posted["method"], posted["status"], posted["route"]) == (
        "POST",
        201,
        "api/rooms/<slug:slug>/messages",
    )
    assert posted["person"] > 0
    assert posted["room"] > 0
    assert posted["ms"] > 0
    assert missed["status"] == 404
    socket = next(line for line in lines(site) if line["event"] == "socket")
    assert socket["room"] == posted["room"]
    assert socket["person"] != posted["person"]


def test_why_redis_is_not_heard_is_told_in_its_own_words(peopled_site: Peopled) -> None:
    site, _ = peopled_site
    port = free_port()
    site.environment.update(LOG_FORMAT="json", REDIS_URL=f"redis://127.0.0.1:{port}/0")
    site.start()

    site.wait_for_words('"broker_failed"')
    site.stop()

    why = f"connecting to 127.0.0.1:{port}"
    told = {line["event"] for line in lines(site) if why in (line.get("reason") or line.get("error") or "")}
    assert {"broker_failed", "broker_unheard"} <= told


async def test_an_id_that_no_proxy_of_ours_sent_is_not_believed(peopled_site: Peopled) -> None:
    site, _ = peopled_site
    site.start()
    async with httpx.AsyncClient(base_url=site.url, trust_env=False) as stranger:
        answer = await stranger.get("/api/rooms", headers={"X-Request-ID": "from-somewhere-1"})

    assert answer.headers["x-request-id"] != "from-somewhere-1"
