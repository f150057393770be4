"""What is said, changed and read in a room is heard in it, and lightly elsewhere."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from asgiref.sync import sync_to_async

from chat.models import Membership, Message, Room, User
from chat.services import messages, rooms
from tests.realtime.conftest import Opener, bot
from tests.realtime.tabs import HTML, settle


async def test_everybody_in_the_room_hears_a_message(ana: User, ben: User, open_tab: Opener) -> None:
    hers, his = await open_tab(ana, "general"), await open_tab(ben, "general")

    client_id = await hers.say("hello *you*")

    heard = await his.until("message.created")
    row = await Message.objects.aget()
    assert heard == {
        "type": "message.created",
        "revision": row.revision,
        "message": {
            "id": row.pk,
            "sequence": 1,
            "author": {"id": ana.pk, "name": "ana", "kind": "person"},
            "text": "hello *you*",
            "html": "<p>hello <em>you</em></p>",
            "created_at": heard["message"]["created_at"],
            "edited_at": None,
            "deleted_at": None,
            "reply_to": None,
            "status": "complete",
            "attempt": None,
            "reactions": {},
            "attachments": [],
        },
    }
    assert await hers.until("message.created") == heard | {"client_id": client_id}


async def test_the_html_dialect_brings_the_fragment(ana: User, ben: User, open_tab: Opener) -> None:
    hers, his = await open_tab(ana, "general", HTML), await open_tab(ben, "general", HTML)

    client_id = await hers.say("hello")

    own, other = await hers.until("message.created"), await his.until("message.created")
    row = await Message.objects.aget()
    assert other["message"] == str(row.pk)
    assert (other["sequence"], other["revision"]) == ("1", str(row.revision))
    assert f'id="message-{row.pk}"' in other["html"]
    assert own["client-id"] == client_id
    assert own["html"].replace(f'client-id="{client_id}" ', "") == other["html"]


async def test_the_same_client_id_is_answered_to_the_asker_only(ana: User, ben: User, open_tab: Opener) -> None:
    hers, his = await open_tab(ana, "general"), await open_tab(ben, "general")
    client_id = str(uuid4())

    await hers.say("once", client_id=client_id)
    first = await hers.until("message.created")
    await his.until("message.created")
    await hers.say("once more", client_id=client_id)

    assert await hers.until("message.created") == first
    await his.silence()
    assert await Message.objects.acount() == 1


async def test_an_edit_that_changes_nothing_is_answered_to_the_asker_only(
    ana: User, ben: User, open_tab: Opener
) -> None:
    hers, his = await open_tab(ana, "general"), await open_tab(ben, "general")
    shown = await open_tab(ana, "general", HTML)
    await hers.say("as it is")
    created = await his.until("message.created")
    message = created["message"]["id"]
    await shown.until("message.created")
    await settle()

    await hers.send(type="message.edit", id=message, text="as it is")
    answer = await hers.until("message.updated")
    await shown.send(type="message.edit", id=message, text="as it is")
    fragment = await shown.until("message.updated")

    assert answer == created | {"type": "message.updated"}
    assert (fragment["message"], fragment["revision"]) == (str(message), str(created["revision"]))
    await his.silence()


async def test_an_edit_and_a_deletion_are_live(ana: User, ben: User, open_tab: Opener) -> None:
    hers, his = await open_tab(ana, "general"), await open_tab(ben, "general")
    await hers.say("frist")
    message = (await his.until("message.created"))["message"]["id"]

    await hers.send(type="message.edit", id=message, text="first")
    edited = await his.until("message.updated")
    await hers.send(type="message.delete", id=message)
    deleted = await his.until("message.deleted")

    assert edited["message"]["text"] == "first"
    assert edited["message"]["edited_at"] is not None
    assert set(deleted["message"]) == {"id", "sequence", "deleted_at"}
    assert deleted["revision"] == edited["revision"] + 1


async def test_others_see_who_is_writing_and_who_comes(ana: User, ben: User, open_tab: Opener) -> None:
    hers = await open_tab(ana, "general")
    his = await open_tab(ben, "general")

    assert (await hers.until("presence"))["user"] == {"id": ben.pk, "name": "ben"}
    await his.send(type="typing")
    assert await hers.until("typing") == {"type": "typing", "user": {"id": ben.pk, "name": "ben"}}
    await his.until("welcome")
    await his.silence()


async def test_elsewhere_one_hears_lightly_of_posts_and_mentions(
    ana: User, ben: User, eve: User, harbour: Room, open_tab: Opener
) -> None:
    his, strangers = await open_tab(ben, "general"), await open_tab(eve, "general")
    await his.until("welcome")
    await strangers.until("welcome")

    posted = await sync_to_async(messages.post_message)(room=harbour, author=ana, text="@ben come and see, @eve too")

    assert await his.until("activity") == {"type": "activity", "room": harbour.slug, "sequence": 1}
    assert await his.until("mention") == {
        "type": "mention",
        "room": harbour.slug,
        "message": posted.message.pk,
        "sequence": 1,
    }
    await strangers.silence()


async def test_whoever_joins_later_hears_of_the_room_from_then_on(ana: User, ben: User, open_tab: Opener) -> None:
    room = await sync_to_async(rooms.create_room)(by=ana, name="Random")
    his = await open_tab(ben, "general")
    await his.until("welcome")

    await sync_to_async(messages.post_message)(room=room, author=ana, text="before")
    await his.silence()
    await sync_to_async(rooms.join_room)(room=room, user=ben)
    await sync_to_async(messages.post_message)(room=room, author=ana, text="after")

    assert (await his.until("activity"))["sequence"] == 2


async def test_reading_is_told_to_ones_own_tabs_and_never_goes_back(ana: User, ben: User, open_tab: Opener) -> None:
    hers, other, his = [await open_tab(user, "general") for user in (ana, ana, ben)]
    for number in range(3):
        await his.say(str(number))
        await hers.until("message.created")

    await hers.send(type="read", sequence=2)
    assert await other.until("read") == {"type": "read", "room": "general", "sequence": 2}
    assert (await hers.until("read"))["sequence"] == 2
    await hers.send(type="read", sequence=1)
    assert (await hers.until("read"))["sequence"] == 2  # an answer all the same, to her alone
    await hers.send(type="read", sequence=99)

    assert (await other.until("read"))["sequence"] == 3
    assert (await Membership.objects.aget(user=ana, room__slug="general")).last_read_sequence == 3


async def test_a_room_that_changes_tells_everybody(ana: User, harbour: Room, ben: User, open_tab: Opener) -> None:
    his = await open_tab(ben, harbour.slug)

    await sync_to_async(rooms.change_room)(room=harbour, by=ana, topic="Tide tables")

    assert (await his.until("room"))["room"] == {
        "slug": harbour.slug,
        "name": "Harbour",
        "kind": "private",
        "topic": "Tide tables",
        "archived": False,
        "members": 2,
    }


async def test_two_who_write_at_once_are_heard_in_one_order(ana: User, ben: User, eve: User, open_tab: Opener) -> None:
    hers, his, third = [await open_tab(user, "general") for user in (ana, ben, eve)]

    async def chatter(tab: object, count: int) -> None:
        for number in range(count):
            await tab.say(f"{number}")  # type: ignore[attr-defined]

    await asyncio.gather(chatter(hers, 40), chatter(his, 40))

    heard = [await third.until("message.created") for _ in range(80)]
    assert [frame["message"]["sequence"] for frame in heard] == list(range(1, 81))
    revisions = [frame["revision"] for frame in heard]
    assert revisions == sorted(set(revisions))


async def test_bots_speak_with_a_token(ana: User, ben: User, open_tab: Opener) -> None:
    robot = await open_tab(ana, "general", **await sync_to_async(bot)(ana))
    his = await open_tab(ben, "general")

    await robot.say("beep")

    assert (await his.until("message.created"))["message"]["text"] == "beep"
    await settle()
