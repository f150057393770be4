"""What a socket is refused, in which words, and when it is closed."""

from __future__ import annotations

import asyncio
import logging

import pytest
from asgiref.sync import sync_to_async
from django.conf import LazySettings
from django.db import InterfaceError, OperationalError

from chat.consumers import knocking
from chat.hub import current_hub
from chat.models import Membership, Message, Room, User
from chat.services import messages
from tests.realtime.conftest import Opener
from tests.realtime.tabs import HTML, JSON


async def test_nobody_changes_what_somebody_else_said(ana: User, ben: User, eve: User, open_tab: Opener) -> None:
    hers, his = await open_tab(ana, "general"), await open_tab(eve, "general")
    await hers.say("mine")
    message = (await his.until("message.created"))["message"]["id"]

    await his.send(type="message.edit", id=message, text="hers")
    assert (await his.until("error"))["code"] == "forbidden"
    await his.send(type="message.delete", id=message)
    assert (await his.until("error"))["code"] == "forbidden"

    assert (await Message.objects.aget()).text == "mine"


async def test_a_message_of_another_room_is_not_found(ana: User, eve: User, harbour: Room, open_tab: Opener) -> None:
    posted = await sync_to_async(messages.post_message)(room=harbour, author=ana, text="private")
    tabs = [await open_tab(user, "general") for user in (eve, ana)]

    for tab in tabs:
        for command in ("message.delete", "reply.stop", "reply.retry"):
            await tab.send(type=command, id=posted.message.pk)
            assert (await tab.until("error"))["code"] == "not_found"
    assert not (await Message.objects.aget()).is_deleted


@pytest.mark.parametrize("ended", ["membership", "account"])
async def test_who_is_not_shown_out_yet_changes_nothing_any_more(
    ben: User, harbour: Room, open_tab: Opener, ended: str
) -> None:
    posted = await sync_to_async(messages.post_message)(room=harbour, author=ben, text="his")
    tab = await open_tab(ben, harbour.slug)
    if ended == "membership":
        await Membership.objects.filter(user=ben, room=harbour).adelete()
    else:
        await User.objects.filter(pk=ben.pk).aupdate(is_active=False)

    await tab.send(type="message.delete", id=posted.message.pk)

    assert (await tab.until("error"))["code"] == "not_found"
    assert not (await Message.objects.aget()).is_deleted


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("{", "bad_request"),
        ("[]", "bad_request"),
        ("[" * 100_000, "bad_request"),
        ('{"type":"dance"}', "unknown_type"),
        ('{"type":7}', "unknown_type"),
        ('{"type":"message.send"}', "invalid"),
        ('{"type":"message.send","text":7}', "invalid"),
        ('{"type":"message.send","text":"x","client_id":"7"}', "invalid"),
        ('{"type":"message.send","text":"x","reply_to":"7"}', "invalid"),
        ('{"type":"message.send","text":"x","reply_to":99}', "not_found"),
        ('{"type":"message.send","text":" \\n "}', "empty"),
        ('{"type":"message.send","text":"\\u0000"}', "empty"),
        ('{"type":"message.edit","id":true,"text":"x"}', "invalid"),
        ('{"type":"message.edit","id":99999999999999999999,"text":"x"}', "invalid"),
        ('{"type":"sync","since":-1}', "invalid"),
        ('{"type":"read","sequence":1.5}', "invalid"),
    ],
)
async def test_nonsense_is_answered_and_the_socket_stays(ana: User, open_tab: Opener, raw: str, code: str) -> None:
    tab = await open_tab(ana, "general")

    await tab.socket.send_to(text_data=raw)
    assert (await tab.until("error"))["code"] == code

    await tab.say("still here", ignored="extra")
    assert (await tab.until("message.created"))["message"]["text"] == "still here"


async def test_a_binary_frame_is_refused(ana: User, open_tab: Opener) -> None:
    tab = await open_tab(ana, "general")

    await tab.socket.send_to(bytes_data=b"\x00")

    assert (await tab.until("error"))["code"] == "bad_request"


async def test_a_refusal_names_the_message_it_refuses(ana: User, open_tab: Opener) -> None:
    tab = await open_tab(ana, "general")

    client_id = await tab.say("x" * 16_001)

    refused = await tab.until("error")
    assert (refused["code"], refused["client_id"]) == ("too_long", client_id)


async def test_a_client_id_has_one_form_in_all_that_is_answered(ana: User, open_tab: Opener) -> None:
    tab = await open_tab(ana, "general")
    sent, told = "7B0E2F3A-6F0B-4AD1-9C57-0F3A1D0E8A11", "7b0e2f3a-6f0b-4ad1-9c57-0f3a1d0e8a11"

    for text in (" ", 7):
        await tab.send(type="message.send", text=text, client_id=sent)
        assert (await tab.until("error"))["client_id"] == told
    for _ in range(2):
        await tab.say("hello", client_id=sent)
        assert (await tab.until("message.created"))["client_id"] == told


@pytest.mark.parametrize("dialect", [JSON, HTML])
@pytest.mark.parametrize("kind", ["message.send", "dance"])
async def test_half_a_character_for_a_client_id_is_not_repeated(
    ana: User, open_tab: Opener, dialect: str, kind: str
) -> None:
    tab = await open_tab(ana, "general", dialect)

    await tab.send(type=kind, text="hello", client_id="\ud800")

    assert "client_id" not in await tab.until("error")
    await tab.say("still here")
    await tab.until("message.created")


@pytest.mark.parametrize("client_id", ["7", "é", 7, None, ["7"], "7" * 65])
async def test_what_is_no_client_id_is_repeated_as_it_was_if_it_is_short(
    ana: User, open_tab: Opener, client_id: object
) -> None:
    tab = await open_tab(ana, "general")

    await tab.send(type="dance", client_id=client_id)

    assert (await tab.until("error")).get("client_id") == (client_id if client_id in ("7", "é") else None)


async def test_over_the_write_limit_says_when_to_try_again(
    ana: User, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.limits.WRITES.amount", 3)
    tab = await open_tab(ana, "general")

    for _ in range(3):
        await tab.say("quick")
        await tab.until("message.created")
    client_id = await tab.say("too quick")

    refused = await tab.until("error")
    assert (refused["code"], refused["client_id"]) == ("rate_limited", client_id)
    assert 1 <= refused["retry_after"] <= 10
    message = await Message.objects.afirst()
    assert message is not None
    await tab.send(type="message.delete", id=message.pk)
    assert (await tab.until("error"))["code"] == "rate_limited"


@pytest.mark.parametrize("failure", [OperationalError, InterfaceError])
async def test_a_database_that_is_away_is_named_and_the_socket_stays(
    ana: User, open_tab: Opener, monkeypatch: pytest.MonkeyPatch, failure: type[Exception]
) -> None:
    def away(*_: object) -> None:
        raise failure("no connection")

    tab = await open_tab(ana, "general")
    with monkeypatch.context() as patched:
        patched.setattr("chat.consumers.posting.post_together", away)
        client_id = await tab.say("hello")
        refused = await tab.until("error")

    assert (refused["code"], refused["client_id"]) == ("unavailable", client_id)
    assert refused["detail"] == "The database does not answer. Try again in a moment."  # it may have taken it
    await tab.say("again")
    assert (await tab.until("message.created"))["message"]["text"] == "again"


@pytest.mark.parametrize("failure", [OperationalError, InterfaceError])
async def test_who_comes_while_the_database_is_away_is_told_to_come_again(
    ana: User,
    open_tab: Opener,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: type[Exception],
) -> None:
    def away(*_: object) -> list[Exception]:
        raise failure("no connection")

    with monkeypatch.context() as patched:
        patched.setattr(knocking.VISITS, "_answer", away)
        tab = await open_tab(ana, "general")
        closed = await tab.until_closed()

    assert closed.code == 1013
    (told,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "no connection" in told.getMessage()
    assert told.exc_info is None
    await (await open_tab(ana, "general")).until("welcome")


async def test_flooding_closes_the_socket(ana: User, open_tab: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.limits.WRITES.amount", 1)
    monkeypatch.setattr("chat.limits.FLOOD.amount", 3)
    tab = await open_tab(ana, "general")

    for _ in range(4):
        await tab.say("flood")

    closed = await tab.until_closed()
    assert closed.code == 4429
    assert 1 <= int(closed.reason) <= 10


async def test_without_limits_nobody_is_held_up(
    ana: User, open_tab: Opener, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMITS = False
    monkeypatch.setattr("chat.limits.WRITES.amount", 1)
    tab = await open_tab(ana, "general")

    for number in range(5):
        await tab.say(str(number))

    assert [(await tab.until("message.created"))["message"]["text"] for _ in range(5)] == list("01234")


async def test_a_person_has_at_most_fifty_sockets(ana: User, open_tab: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.limits.SOCKETS_PER_PERSON", 2)
    for _ in range(2):
        await (await open_tab(ana, "general")).until("welcome")

    one_more = await open_tab(ana, "general")
    assert (await one_more.until_closed()).code == 4429
    await one_more.say("all the same")
    await one_more.silence()
    assert not await Message.objects.aexists()


async def test_sockets_that_come_at_once_are_counted_one_after_another(
    ana: User, general: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where they all wait to be told what is written in the room."""
    monkeypatch.setattr("chat.limits.SOCKETS_PER_PERSON", 2)
    await (await open_tab(ana, "general")).until("welcome")
    reply = {"message": 7, "attempt": 1, "assistant": "helper", "prompt": 6}
    current_hub().following.started(general.pk, reply)

    await asyncio.gather(*(open_tab(ana, "general") for _ in range(4)))

    assert len(current_hub().attendance.sockets_of(ana.pk)) == 2
