"""``GET /rooms/<slug>/events/``: the same live events where WebSockets do not pass."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chat.hub import current_hub
from chat.hub.watch import beat
from chat.models import Message, Room, User
from chat.services import messages, rooms, tokens
from tests.fake_llm import FakeLLM
from tests.realtime.asking import Exchange
from tests.realtime.conftest import Asker, Opener, browser
from tests.realtime.tabs import HTML, JSON, read

GENERAL = "/rooms/general/events/"
say = sync_to_async(messages.post_message)


async def watch(ask: Asker, user: User | None, path: str = GENERAL, **given: Any) -> Exchange:
    return await ask(user, path=path, method="GET", **given)


async def fields_of(stream: Exchange) -> dict[str, str]:
    """The next event as its fields; its comment lines left out."""
    while block := await stream.block():
        fields: dict[str, str] = {}
        for line in block.split("\n"):
            name, _, value = line.partition(": ")
            if name:
                fields[name] = f"{fields[name]}\n{value}" if name in fields else value
        if fields:
            return fields
    return {}


async def until(stream: Exchange, kind: str) -> dict[str, str]:
    while fields := await fields_of(stream):
        if fields["event"] == kind:
            return fields
    raise AssertionError(f"the stream ended without {kind}")


async def test_whoever_comes_is_welcomed_and_told_what_runs(ana: User, ask: Asker):
    stream = await watch(ask, ana)

    assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert (await fields_of(stream))["event"] == "welcome"
    assert (await fields_of(stream))["event"] == "synced"


async def test_a_person_has_as_many_streams_and_sockets_as_they_may(
    ana: User, general: Room, ask: Asker, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("chat.limits.SOCKETS_PER_PERSON", 2)
    await open_tab(ana, "general")
    await until(await watch(ask, ana), "synced")

    assert (await watch(ask, ana)).status == 429


async def test_both_dialects_say_what_a_socket_says(ana: User, ben: User, general: Room, ask: Asker, open_tab: Opener):
    for dialect, query in ((JSON, ""), (HTML, "format=html")):
        stream, tab = await watch(ask, ana, query=query), await open_tab(ana, "general", dialect)
        await until(stream, "synced")

        await say(room=general, author=ben, text="one\n\n```\ntwo\n\nthree\n```")

        told, shown = await until(stream, "message.created"), await tab.until("message.created")
        assert read(told["data"]) == shown
        assert told["id"] == str(shown["revision"])


async def test_it_goes_on_after_the_last_event_that_was_seen(ana: User, general: Room, ask: Asker):
    first = await say(room=general, author=ana, text="one")
    await say(room=general, author=ana, text="two")

    for given in (
        {"query": f"since={first.message.revision}"},
        {"headers": {"Last-Event-ID": str(first.message.revision)}},
    ):
        stream = await watch(ask, ana, **given)
        told = await until(stream, "message.created")
        assert read(told["data"])["message"]["text"] == "two"
        assert "id" not in told, "before `synced` something older may still come"
        assert (await until(stream, "synced"))["id"] == str(first.message.revision + 1)


async def test_a_reply_is_streamed_word_by_word(ana: User, helper: User, general: Room, ask: Asker, model: FakeLLM):
    model.reply_with("one two three", tokens_per_second=30)
    stream = await watch(ask, ana)
    await until(stream, "synced")

    await say(room=general, author=ana, text="@helper count")

    words = ""
    while (fields := await fields_of(stream))["event"] != "message.updated" or not words:
        if fields["event"] == "token":
            assert "id" not in fields
            words += read(fields["data"])["content"]
    assert words == "one two three"


async def test_a_heartbeat_says_where_the_room_is_and_not_what_was_seen(ana: User, ask: Asker):
    """Else whoever comes back goes on behind a change that was lost on its way to them."""
    stream = await watch(ask, ana)
    await until(stream, "synced")

    await beat(current_hub())

    told = await until(stream, "heartbeat")
    assert "revision" in read(told["data"])
    assert "id" not in told


async def test_a_server_that_ends_says_goodbye(ana: User, ask: Asker):
    stream = await watch(ask, ana)
    await until(stream, "synced")

    await stream.end_server()

    assert read((await until(stream, "close"))["data"]) == {"type": "close", "code": 1012}
    assert await stream.block() == ""


async def test_a_stranger_is_refused_and_a_room_of_others_is_not_there(ana: User, eve: User, harbour: Room, ask: Asker):
    assert (await watch(ask, None)).status == 401
    assert (await watch(ask, eve, "/rooms/harbour/events/")).status == 404
    assert (await watch(ask, eve, "/rooms/nowhere/events/")).status == 404
    assert (await ask(ana, path=GENERAL, method="POST")).status == 405


@pytest.mark.parametrize("slug", ["my.room", "é", "a b", "\0", "general\0"])
async def test_an_address_that_no_room_can_have_is_refused_in_json_too(ana: User, ask: Asker, slug: str):
    refused = await watch(ask, ana, f"/rooms/{slug}/events/")

    assert (refused.status, (await refused.json())["code"]) == (404, "not_found")


async def test_a_session_will_do(ana: User, ask: Asker):
    stream = await watch(ask, None, headers=await sync_to_async(browser)(ana))

    assert (await fields_of(stream))["event"] == "welcome"


async def test_whoever_loses_the_room_is_told_and_let_go(ana: User, ben: User, harbour: Room, ask: Asker):
    stream = await watch(ask, ben, "/rooms/harbour/events/")
    await until(stream, "synced")

    await sync_to_async(rooms.remove_member)(room=harbour, by=ana, user=ben)

    assert read((await until(stream, "close"))["data"])["code"] == 4404
    assert await stream.block() == ""


async def test_a_token_that_is_revoked_ends_its_streams(ana: User, general: Room, ask: Asker):
    stream = await watch(ask, ana)
    await until(stream, "synced")
    token = await ana.tokens.aget()

    await sync_to_async(tokens.revoke_token)(token=token, by=ana)

    assert read((await until(stream, "close"))["data"])["code"] == 4401


async def test_too_much_to_be_told_is_a_resync(ana: User, general: Room, ask: Asker):
    await too_much_is_said(general, ana)

    stream = await watch(ask, ana, query="since=0")

    assert read((await until(stream, "resync"))["data"])["revision"] == 501


async def test_whoever_read_the_newest_page_after_a_resync_goes_on_from_there(ana: User, general: Room, ask: Asker):
    await too_much_is_said(general, ana)
    stream = await watch(ask, ana, query="since=0")
    assert (await until(stream, "resync"))["id"] == "501"

    await say(room=general, author=ana, text="one more")

    assert (await until(stream, "message.created"))["id"] == "502"


async def too_much_is_said(room: Room, by: User) -> None:
    """For one answer."""
    author = {"room": room, "author": by, "created_revision": 1}
    rows = [Message(sequence=number, revision=number, **author) for number in range(1, 502)]
    await Message.objects.abulk_create(rows)
    await Room.objects.filter(pk=room.pk).aupdate(revision=501, last_sequence=501)


async def test_who_leaves_the_stream_leaves_the_room(ana: User, ben: User, ask: Asker, open_tab: Opener):
    tab = await open_tab(ben, "general")
    stream = await watch(ask, ana)
    assert (await tab.until("presence", online=True))["user"]["name"] == "ana"

    await stream.hang_up()

    assert (await tab.until("presence", online=False))["user"]["name"] == "ana"
