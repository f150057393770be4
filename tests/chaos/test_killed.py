"""Servers that die, brokers that go away: nothing is lost, nothing is doubled."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx

from tests.chaos.bots import Bot
from tests.chaos.conftest import Peopled, Two
from tests.fake_llm import FakeLLM
from tests.servers.redis import Redis
from tests.site import Site


async def test_a_reply_goes_on_after_the_server_was_killed(peopled_site: Peopled, model: FakeLLM) -> None:
    site, tokens = peopled_site
    model.hold("half a")
    site.start()
    async with Bot(site, tokens["ana"]) as ana:
        await ana.say("@helper say something whole")
        await ana.until(lambda: any(text == "half a" for _, _, text in ana.running.values()))

        site.kill()
        model.reply_with("a whole answer")
        await asyncio.to_thread(site.start)

        await ana.until(lambda: ana.reply()["text"] == "a whole answer" and ana.reply()["status"] == "complete")
        assert ana.reply()["attempt"] == 2
        assert ana.texts() == ["@helper say something whole", "a whole answer"]


async def test_messages_sent_while_the_server_is_dead_arrive_once_and_in_order(peopled_site: Peopled) -> None:
    site, tokens = peopled_site
    site.start()
    async with Bot(site, tokens["ana"]) as ana, Bot(site, tokens["ben"]) as ben:
        await ana.say("before")
        await ben.until(lambda: ben.texts() == ["before"])

        site.kill()
        for text in ("one", "two", "three"):
            await ana.say(text)
        await asyncio.to_thread(site.start)

        await ben.until(lambda: ben.texts() == ["before", "one", "two", "three"])
        await ana.until(lambda: not ana.outbox)
        assert ana.texts() == ben.texts()
        assert [message["sequence"] for message in ben.messages.values()] == [1, 2, 3, 4]


async def test_two_processes_serve_one_room(two_sites: Two, model: FakeLLM) -> None:
    first, second, tokens = two_sites
    first.start()
    second.start()
    async with (
        Bot(first, tokens["ana"]) as ana,
        Bot(second, tokens["ben"]) as ben,
        Bot(second, tokens["cleo"]) as cleo,
    ):
        await asyncio.gather(*(bot.say(f"{name} {n}") for n in range(100) for name, bot in (("a", ana), ("b", ben))))

        await cleo.until(lambda: len(cleo.messages) == 200)
        assert sorted(message["sequence"] for message in cleo.messages.values()) == list(range(1, 201))
        assert len(cleo.arrivals) == 200
        for bot in (ana, ben):
            await bot.until(lambda bot=bot: len(bot.messages) == 200 and not bot.outbox)
        assert ana.texts() == ben.texts() == cleo.texts()

        hold = model.hold("1 2 3", " 4 5")
        await ana.say("@helper count")
        await cleo.until(lambda: any(text == "1 2 3" for _, _, text in cleo.running.values()))
        async with Bot(first, tokens["ben"]) as late_here, Bot(second, tokens["ana"]) as late_there:
            for bot in (late_here, late_there):
                await bot.until(lambda bot=bot: any(text == "1 2 3" for _, _, text in bot.running.values()))
            hold.release()
            for bot in (ana, ben, cleo, late_here, late_there):
                await bot.until(lambda bot=bot: bot.reply()["status"] == "complete")
                assert bot.reply()["text"] == "1 2 3 4 5"
                assert [text for _, _, text in bot.running.values()] == ["1 2 3 4 5"]


async def test_one_killed_in_the_middle_of_a_reply_the_other_goes_on(two_sites: Two, model: FakeLLM) -> None:
    first, second, tokens = two_sites
    first.start()
    async with Bot(first, tokens["ana"]) as ana:
        model.hold("half a")
        await ana.say("@helper say something whole")
        await ana.until(lambda: any(text == "half a" for _, _, text in ana.running.values()))
        second.start()
        async with Bot(second, tokens["ben"]) as ben:
            await ben.until(lambda: any(text == "half a" for _, _, text in ben.running.values()))
            model.reply_with("a whole answer")

            first.kill()

            await ben.until(lambda: ben.reply()["status"] == "complete")
            assert (ben.reply()["text"], ben.reply()["attempt"]) == ("a whole answer", 2)
            starts = [frame["attempt"] for frame in ben.controls if frame["action"] == "start"]
            assert starts == sorted(starts)
            assert set(starts) == {1, 2}


async def test_one_told_to_stop_hands_its_reply_on(two_sites: Two, model: FakeLLM) -> None:
    first, second, tokens = two_sites
    first.start()
    async with Bot(first, tokens["ana"]) as ana:
        model.hold("half a")
        await ana.say("@helper say something whole")
        await ana.until(lambda: any(text == "half a" for _, _, text in ana.running.values()))
        second.start()
        model.reply_with("a whole answer")
        async with Bot(second, tokens["ben"]) as ben:
            await asyncio.to_thread(first.stop)

            await ben.until(lambda: ben.reply()["status"] == "complete")
            assert (ben.reply()["text"], ben.reply()["attempt"]) == ("a whole answer", 2)


async def test_a_reply_is_stopped_from_another_process(two_sites: Two, model: FakeLLM) -> None:
    first, second, tokens = two_sites
    first.start()
    second.start()
    async with Bot(first, tokens["ana"]) as ana, Bot(second, tokens["ana"]) as there:
        model.hold("1 2 3")
        await ana.say("@helper count for ever")
        await there.until(lambda: any(text for _, _, text in there.running.values()))

        await there.command(type="reply.stop", id=there.reply()["id"])

        await ana.until(lambda: ana.reply()["status"] == "stopped")
        assert await asyncio.to_thread(model.requests[0].was_abandoned.wait, 30)


async def test_redis_restarted_in_the_middle_of_a_conversation(
    two_sites: Two, redis_server: Redis, model: FakeLLM
) -> None:
    first, second, tokens = two_sites
    first.start()
    second.start()
    async with Bot(first, tokens["ana"]) as ana, Bot(second, tokens["ben"]) as ben:
        await ana.say("with redis")
        await ben.until(lambda: ben.texts() == ["with redis"])

        redis_server.stop()
        await ana.say("without, from ana")
        await ana.until(lambda: not ana.outbox)
        await ben.until(lambda: "without, from ana" in ben.texts())
        await ben.say("without, from ben")
        await ana.until(lambda: "without, from ben" in ana.texts())
        redis_server.start()
        await ana.say("with redis again")
        await ben.until(lambda: "with redis again" in ben.texts())

        model.reply_with("1 2 3 4 5", tokens_per_second=10)
        await asyncio.sleep(5)
        await ben.say("@helper count")
        await ana.until(lambda: any(text == "1 2 3 4 5" for _, _, text in ana.running.values()))

        expected = [
            "with redis",
            "without, from ana",
            "without, from ben",
            "with redis again",
            "@helper count",
            "1 2 3 4 5",
        ]
        for bot in (ana, ben):
            await bot.until(lambda bot=bot: bot.texts() == expected)
            assert len(bot.arrivals) == len(set(bot.arrivals))


async def test_replies_are_written_by_processes_of_their_own(two_sites: Two, model: FakeLLM) -> None:
    first, _, tokens = two_sites
    first.environment["REPLIES_IN_WEB"] = "0"
    first.start()
    async with Bot(first, tokens["ana"]) as ana:
        await ana.say("@helper count")
        await ana.until(lambda: len(ana.messages) == 2)
        writer = first.beside()
        writer.start_command("runreplies")

        await ana.until(lambda: ana.reply()["status"] == "complete")
        assert ana.reply()["text"] == "1 2 3"
        assert [text for _, _, text in ana.running.values()] == ["1 2 3"]


async def test_who_asked_over_http_hears_the_reply_of_whoever_writes_it(two_sites: Two, model: FakeLLM) -> None:
    """One process is asked, another writes and is killed in the middle, a third one writes it anew."""
    asked, _, tokens = two_sites
    asked.environment["REPLIES_IN_WEB"] = "0"
    asked.start()
    model.hold("half a")
    first, second = asked.beside(), asked.beside()
    first.start_command("runreplies")
    events = asyncio.create_task(read_stream(asked, tokens["ana"]))
    await asyncio.to_thread(model.wait_for_request, seconds=60)
    await asyncio.sleep(1)  # so that its first words are on their way

    first.kill()
    model.reply_with("a whole answer")
    second.start_command("runreplies")

    told = await asyncio.wait_for(events, 90)
    assert "half a".startswith(next(event["content"] for event in told if "sequence" in event))
    assert [event["sequence"] for event in told if "sequence" in event] == list(range(1, len(told)))
    assert shown(told) == "a whole answer"
    assert told[-1]["status"] == "completed"
    assert told[-1]["message"]["attempt"] == 2


async def read_stream(site: Site, token: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"}
    question = {"message": "say something whole", "room": "general", "assistant": "helper"}
    async with (
        httpx.AsyncClient(headers=headers, trust_env=False, timeout=90) as client,
        client.stream("POST", f"{site.url}/api/chat/stream", json=question) as stream,
    ):
        return [json.loads(line.removeprefix("data: ")) async for line in stream.aiter_lines() if line[:5] == "data:"]


def shown(events: list[dict[str, Any]]) -> str:
    text = ""
    for event in events:
        if "sequence" in event:
            text = event["content"] if event.get("anew") else text + event["content"]
    return text
