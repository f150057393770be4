from __future__ import annotations

import json
import re

import pytest
import yaml

from chat.models import Room, UsageLimit, User
from tests.fake_llm import FakeLLM
from tests.prometheus import Scraped, read
from tests.realtime.asking import Exchange
from tests.realtime.conftest import Asker, Opener
from tests.servers.programs import ROOT

HERE = {"Host": "127.0.0.1:8000"}
ENDS = ("complete", "stopped", "failed", "interrupted", "refused")


async def scrape(**headers: str) -> Exchange:
    return await Exchange("/metrics", {**HERE, **headers}, method="GET").ask()


async def scraped() -> Scraped:
    assert (await Exchange("/metrics", HERE, method="HEAD").ask()).status == 200
    answer = await scrape()
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return read((await answer.body()).decode())


async def test_the_numbers_follow_what_happens(
    ana: User, ben: User, general: Room, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    model.reply_with("one two three")
    before = await scraped()
    one, two = await open_tab(ana, "general"), await open_tab(ben, "general")
    await one.say("hello")
    await one.say("@helper count")
    await two.until("control", action="end")
    await two.sync(0)

    after = await scraped()

    def rise(name: str) -> float:
        return after[name] - before[name]

    assert (after["chat_sockets websocket"], after["chat_rooms"], after["chat_people"]) == (2, 1, 2)
    assert rise("chat_posts_total") == 2
    assert rise("chat_replies_ended_total complete") == 1
    assert (rise("chat_tokens_total prompt"), rise("chat_tokens_total completion")) == (9, 3)
    assert rise("chat_sync_changes_count") == 1
    assert rise("chat_sync_changes_sum") == 4  # three messages, and the room
    assert rise("chat_deliveries_total") >= 2 * 4  # two posts, the reply and its end, to two sockets
    assert rise("chat_fan_out_seconds_count") == rise("chat_fan_out_seconds_bucket +Inf") >= 4
    assert (after["chat_site_replies queued"], after["chat_site_replies streaming"]) == (0, 0)
    assert after["chat_database_up"] == after["chat_broker_up"] == 1


async def test_pages_tell_how_long_their_messages_take_and_nonsense_refuses_nothing(
    ana: User, general: Room, open_tab: Opener
) -> None:
    before, tab = await scraped(), await open_tab(ana, "general")
    for seen_ms in (30, 70, None, -1, 10**9, "30", True, 0.5):
        await tab.send(type="message.send", text="hello", seen_ms=seen_ms)
        await tab.until("message.created")

    after = await scraped()

    assert after["chat_send_to_seen_seconds_count"] - before["chat_send_to_seen_seconds_count"] == 2
    assert after["chat_send_to_seen_seconds_sum"] - before["chat_send_to_seen_seconds_sum"] == pytest.approx(0.1)


async def test_a_reply_that_waits_is_in_the_queue(
    ana: User, general: Room, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    hold = model.hold("one", " two")
    tab = await open_tab(ana, "general")
    await tab.say("@helper count")
    await tab.until("token")

    assert (await scraped())["chat_site_replies streaming"] == 1

    hold.release()
    await tab.until("control", action="end")


async def test_a_reply_that_nobody_may_write_is_no_failure(
    ana: User, general: Room, helper: User, open_tab: Opener
) -> None:
    await UsageLimit.objects.acreate(scope="person", person=ana, tokens_per_day=0)
    before, tab = await scraped(), await open_tab(ana, "general")

    await tab.say("@helper count")
    await tab.until("control", action="error")
    await tab.sync(0)
    after = await scraped()

    rise = {status: after[name] - before[name] for status in ENDS if (name := f"chat_replies_ended_total {status}")}
    assert rise == {**dict.fromkeys(ENDS, 0), "refused": 1}


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "192.0.2.7"}, {"Forwarded": "for=192.0.2.7"}, {"Host": "chat.example.org"}],
    ids=["a proxy", "another proxy", "by its name in the world"],
)
async def test_it_is_absent_for_whoever_does_not_ask_on_this_machine(
    headers: dict[str, str], general: Room, ask: Asker
) -> None:
    assert (await scrape(**headers)).status == 404


async def test_it_is_absent_for_other_machines(general: Room, ask: Asker) -> None:
    stranger = Exchange("/metrics", HERE, method="GET", client=("192.0.2.7", 4711))

    assert (await stranger.ask()).status == 404


async def test_with_a_token_it_is_for_whoever_has_it(
    general: Room, ask: Asker, settings: pytest.FixtureRequest
) -> None:
    settings.METRICS_TOKEN = "a-long-word"  # type: ignore[attr-defined]

    assert (await scrape()).status == 404
    assert (await scrape(Authorization="Bearer another-word")).status == 404
    assert (await scrape(Authorization="Bearer a-long-word")).status == 200
    known = Exchange(
        "/metrics", {"Host": "10.0.0.4:8000", "Authorization": "Bearer a-long-word"}, method="GET",
        client=("10.0.0.9", 4711),
    )  # fmt: skip
    assert (await known.ask()).status == 200


OF_PROMETHEUS_ITSELF = re.compile(r"\bup\{")


def named(text: str) -> set[str]:
    """The families that an expression asks for."""
    found = re.findall(r"\b(?:chat|process)_[a-z_]+", text)
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in found}


async def test_the_dashboard_and_the_alerts_ask_for_numbers_that_exist(general: Room, ask: Asker) -> None:
    dashboard = json.loads((ROOT / "deploy" / "grafana" / "chat.json").read_text())
    rules = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())["groups"][0]["rules"]
    drawn = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    watched = [rule["expr"] for rule in rules if not OF_PROMETHEUS_ITSELF.search(rule["expr"])]

    there = (await scraped()).names

    assert [text for text in (*drawn, *watched) if not named(text) or not named(text) <= there] == []
    assert {name for name in there if name.startswith("chat_")} - named(" ".join(drawn)) == set()


def test_a_process_that_is_not_asked_any_more_is_missed_as_one_that_does_not_answer():
    rules = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())["groups"][0]["rules"]
    critical = {rule["expr"]: rule["for"] for rule in rules if OF_PROMETHEUS_ITSELF.search(rule["expr"])}

    assert critical == {'up{job="chat"} == 0': "1m", 'absent(up{job="chat"})': "2m"}


async def test_the_documentation_names_every_number(general: Room, ask: Asker) -> None:
    table = (ROOT / "docs" / "operations.md").read_text().split("| name | what it is |")[1].split("\n\n")[0]
    written = {name for cell in re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE) for name in named(cell)}

    there = (await scraped()).names

    assert {name for name in written if name.startswith("chat_")} == {
        name for name in there if name.startswith("chat_")
    }
