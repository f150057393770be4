"""Limits hold for two processes as for one, and keys stay where they are."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing

import httpx
import pytest

from tests.chaos.bots import Bot
from tests.chaos.conftest import Peopled, Two
from tests.fake_llm import FakeLLM, Script, error
from tests.site import Site

TEN_IN_THE_ROOM = ("limit", "room", "general", "--requests-per-minute", "10")


def ended(bot: Bot) -> list[str]:
    """How the replies stand that have ended."""
    replies = [message for message in bot.messages.values() if message["author"]["kind"] == "assistant"]
    return [reply["status"] for reply in replies if reply["status"] not in ("queued", "streaming")]


async def test_of_twenty_questions_to_two_processes_ten_are_answered(two_sites: Two, model: FakeLLM) -> None:
    first, second, tokens = two_sites
    first.manage(*TEN_IN_THE_ROOM)
    first.start()
    second.start()
    async with Bot(first, tokens["ana"]) as ana, Bot(second, tokens["ben"]) as ben:
        await asyncio.gather(*(bot.say(f"@helper {number}") for number in range(10) for bot in (ana, ben)))

        await asyncio.gather(ana.until(lambda: len(ended(ana)) == 20), ben.until(lambda: len(ended(ben)) == 20))

    assert Counter(ended(ana)) == Counter(ended(ben)) == {"complete": 10, "failed": 10}
    assert len(model.requests) == 10
    refused = [control["data"] for control in ana.controls if control["action"] == "error"]
    assert {data["code"] for data in refused} == {"limit"}
    assert all(
        data["detail"].startswith("This room has used 10 of 10 requests in the last minute.") for data in refused
    )


KEY = "sk-proj-9f3cA17e55d2b8c4QmZx"


@pytest.fixture
def site_with_a_key(peopled_site: Peopled, model: FakeLLM) -> Peopled:
    site, tokens = peopled_site
    site.environment["ACME_KEY"] = KEY
    site.environment["LOG_LEVEL"] = "DEBUG"
    site.manage("addassistant", "helper", "--key-env", "ACME_KEY")
    site.manage("adduser", "root", "--staff", "--password-stdin", stdin="correct-horse-1\n")
    return site, tokens


async def test_a_key_is_in_no_page_log_error_or_table(site_with_a_key: Peopled, model: FakeLLM) -> None:
    site, tokens = site_with_a_key
    refused = error(401, f"Incorrect API key provided: {KEY}. You sent Authorization: Bearer {KEY}")
    garbage = Script([f"data: nonsense {KEY}\n\n".encode()])
    page = Script([f"<html>Bearer {KEY}</html>".encode()], content_type="text/html", status=502)
    model.answer(refused, garbage, page)
    site.start()
    async with Bot(site, tokens["ana"]) as ana:
        for number in (1, 2, 3):
            await ana.say("@helper count")
            await ana.until(lambda number=number: ended(ana) == ["failed"] * number)
        told = str((ana.messages, ana.controls))

    assert model.requests[0].headers["authorization"] == f"Bearer {KEY}"  # it is what it was sent
    pages = await asyncio.to_thread(pages_of, site, tokens["ana"])
    for name, text in {**pages, "frames": told, "log": site.log.read_text()}.items():
        assert KEY not in text, name
    stored = everything_in(site)
    assert "Incorrect API key provided" in stored
    assert KEY not in stored


def pages_of(site: Site, token: str) -> dict[str, str]:
    """Every page that says something of a reply, for the person who asked and for staff."""
    seen: dict[str, str] = {}
    with httpx.Client(base_url=site.url, trust_env=False) as staff:
        sign_in(staff)
        places = ("assistant", "attempt", "reply", "usagerecord", "message", "usagelimit")
        addresses = [f"/admin/chat/{place}/" for place in places]
        addresses += [
            "/admin/chat/assistant/1/change/",
            "/admin/chat/assistant/2/change/",
            "/admin/chat/attempt/1/change/",
        ]
        for address in ["/rooms/general/", "/messages/2/", "/account/usage/", *addresses]:
            seen[address] = answered(staff.get(address))
    with httpx.Client(base_url=site.url, trust_env=False, headers={"Authorization": f"Bearer {token}"}) as bot:
        for address in (
            "/api/assistants",
            "/api/messages/2",
            "/api/messages/2/attempts",
            "/api/rooms/general/messages",
        ):
            seen[address] = answered(bot.get(address))
    return seen


def answered(response: httpx.Response) -> str:
    assert response.status_code == 200, response.url
    return response.text + str(response.headers)


def sign_in(staff: httpx.Client) -> None:
    staff.get("/accounts/login/")
    fields = {"login": "root", "password": "correct-horse-1", "csrfmiddlewaretoken": staff.cookies["csrftoken"]}
    assert staff.post("/accounts/login/", data=fields).status_code == 302


def everything_in(site: Site) -> str:
    """All rows of all tables, as text."""
    with closing(sqlite3.connect(site.directory / "db.sqlite3")) as connection:
        return "\n".join(connection.iterdump())
