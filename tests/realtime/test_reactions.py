"""A reaction over a socket is a change of its message, for everybody in the room."""

from __future__ import annotations

from asgiref.sync import sync_to_async

from chat.models import Message, Room, User
from chat.services.reactions import toggle_reaction
from tests.realtime.conftest import Opener
from tests.realtime.tabs import HTML


async def test_everybody_is_told_and_a_second_time_it_is_taken_back(ana: User, ben: User, open_tab: Opener) -> None:
    hers, his, shown = (
        await open_tab(ana, "general"),
        await open_tab(ben, "general"),
        await open_tab(ben, "general", HTML),
    )
    await hers.say("hello")
    message = (await his.until("message.created"))["message"]

    await his.send(type="reaction.toggle", id=message["id"], emoji="👍")

    heard = await hers.until("message.updated")
    assert heard["message"] == {**message, "reactions": {"👍": [{"id": ben.pk, "name": "ben"}]}}
    assert await his.until("message.updated") == heard
    assert f'data-by="{ben.pk}"' in (await shown.until("message.updated"))["html"]
    await his.send(type="reaction.toggle", id=message["id"], emoji="👍")
    again = await hers.until("message.updated")
    assert again["message"] == message
    assert again["revision"] == heard["revision"] + 1


async def test_whoever_comes_back_is_told_by_their_sync(ana: User, ben: User, general: Room, open_tab: Opener) -> None:
    hers = await open_tab(ana, "general")
    await hers.say("hello")
    created = await hers.until("message.created")
    await hers.close()
    message = await Message.objects.aget(pk=created["message"]["id"])
    await sync_to_async(toggle_reaction)(message=message, by=ben, emoji="🎉")

    hers = await open_tab(ana, "general")
    await hers.send(type="sync", since=created["revision"])

    healed = await hers.until("message.updated")
    assert healed["message"]["reactions"] == {"🎉": [{"id": ben.pk, "name": "ben"}]}


async def test_what_is_refused_says_why_and_changes_nothing(ana: User, open_tab: Opener) -> None:
    hers = await open_tab(ana, "general")
    await hers.say("hello")
    message = (await hers.until("message.created"))["message"]["id"]
    refused = []
    for fields in (
        {"id": message, "emoji": "no"},
        {"id": message},
        {"id": message + 1, "emoji": "👍"},
        {"id": message, "emoji": 3},
    ):
        await hers.send(type="reaction.toggle", **fields)
        refused.append((await hers.until("error"))["code"])

    assert refused == ["invalid", "invalid", "not_found", "invalid"]
    assert (await Message.objects.aget(pk=message)).reactions is None
