"""Whoever may no longer watch is shown out at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.utils import timezone

from chat.hub import current_hub
from chat.hub.watch import beat
from chat.models import ApiToken, Membership, Message, Room, User
from chat.services import messages, people, rooms, tokens
from tests.realtime.conftest import Opener, bot
from tests.realtime.tabs import HTML


async def test_a_member_taken_out_is_shown_out(ana: User, ben: User, harbour: Room, open_tab: Opener) -> None:
    hers, his = await open_tab(ana, harbour.slug), await open_tab(ben, harbour.slug)
    elsewhere = await open_tab(ben, "general")

    await sync_to_async(rooms.remove_member)(room=harbour, by=ana, user=ben)

    assert (await his.until_closed()).code == 4404
    assert (await hers.until("room"))["room"]["members"] == 1
    await sync_to_async(messages.post_message)(room=harbour, author=ana, text="now we are alone")
    await elsewhere.until("rooms")
    await elsewhere.silence()


async def test_a_closed_account_is_shown_out_everywhere(ana: User, ben: User, harbour: Room, open_tab: Opener) -> None:
    tabs = [await open_tab(ben, harbour.slug), await open_tab(ben, "general")]
    robot = await open_tab(ben, "general", **await sync_to_async(bot)(ben))

    await sync_to_async(people.deactivate)(person=ben, by=None)

    assert [(await tab.until_closed()).code for tab in [*tabs, robot]] == [4404, 4404, 4404]


async def test_a_revoked_token_is_shown_out(ana: User, open_tab: Opener) -> None:
    robot = await open_tab(ana, "general", **await sync_to_async(bot)(ana))
    page = await open_tab(ana, "general")

    await sync_to_async(tokens.revoke_token)(token=await ApiToken.objects.aget(), by=ana)

    assert (await robot.until_closed()).code == 4401
    await page.say("still here")
    await page.until("message.created")


async def test_a_room_made_private_drops_those_who_are_no_members(ana: User, eve: User, open_tab: Opener) -> None:
    room = await sync_to_async(rooms.create_room)(by=ana, name="Random")
    hers, strangers = await open_tab(ana, room.slug), await open_tab(eve, room.slug)

    await sync_to_async(rooms.change_room)(room=room, by=ana, kind=Room.Kind.PRIVATE)

    assert (await strangers.until_closed()).code == 4404
    assert (await hers.until("room"))["room"]["kind"] == "private"


@pytest.mark.parametrize("what", ["session", "time", "password", "membership", "account"])
async def test_what_no_announcement_told_is_found_by_the_regular_check(
    ana: User, ben: User, harbour: Room, open_tab: Opener, what: str
) -> None:
    hers, his = await open_tab(ana, harbour.slug), await open_tab(ben, harbour.slug)
    match what:
        case "session":
            await Session.objects.filter(session_key=his_session(his)).adelete()
        case "time":
            await Session.objects.filter(session_key=his_session(his)).aupdate(expire_date=timezone.now())
        case "password":
            await User.objects.filter(pk=ben.pk).aupdate(password="changed")
        case "membership":
            await Membership.objects.filter(user=ben, room=harbour).adelete()
        case "account":
            await User.objects.filter(pk=ben.pk).aupdate(is_active=False)

    await beat(current_hub())

    assert (await his.until_closed()).code == (4401 if what in ("session", "time", "password") else 4404)
    assert (await hers.sync(0))[-1]["type"] == "synced"


async def test_whoever_may_stay_is_let_stay_by_the_regular_check(
    ana: User, eve: User, harbour: Room, open_tab: Opener
) -> None:
    square = await sync_to_async(rooms.create_room)(by=ana, name="Square")
    reader = await open_tab(eve, square.slug)  # of a public room, and no member of it
    robot = await open_tab(ana, harbour.slug, **await sync_to_async(bot)(ana))

    await beat(current_hub())

    assert [(await tab.sync(0))[-1]["type"] for tab in (reader, robot)] == ["synced", "synced"]


@pytest.fixture
def on_their_way(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Something happens between the look at who somebody is and their coming in."""

    def happen(what: Callable[[], object]) -> None:
        async def drop_ended(room_id: int) -> None:
            await sync_to_async(what)()

        monkeypatch.setattr(current_hub().following, "drop_ended", drop_ended)

    return happen


async def test_who_is_taken_out_while_they_come_in_is_shown_out(
    ana: User, ben: User, harbour: Room, open_tab: Opener, on_their_way: Callable[[Callable[[], object]], None]
) -> None:
    on_their_way(lambda: rooms.remove_member(room=harbour, by=ana, user=ben))

    his = await open_tab(ben, harbour.slug)

    assert (await his.until_closed()).code == 4404


async def test_also_where_others_come_and_go_before_and_after(
    ana: User, ben: User, eve: User, harbour: Room, open_tab: Opener,
    on_their_way: Callable[[Callable[[], object]], None],
) -> None:  # fmt: skip
    def take_out_both() -> None:
        for user in (ben, eve):
            rooms.remove_member(room=harbour, by=ana, user=user)

    on_their_way(take_out_both)
    await sync_to_async(rooms.add_member)(room=harbour, by=ana, user=eve)

    his = await open_tab(ben, harbour.slug)

    assert (await his.until_closed()).code == 4404


async def test_whose_token_is_revoked_while_they_come_in_is_shown_out(
    ana: User, open_tab: Opener, on_their_way: Callable[[Callable[[], object]], None]
) -> None:
    robots = await sync_to_async(bot)(ana)
    on_their_way(lambda: tokens.revoke_token(token=ApiToken.objects.get(), by=ana))

    robot = await open_tab(ana, "general", **robots)

    assert (await robot.until_closed()).code == 4401


async def test_whoever_is_no_member_while_their_room_is_made_private_is_shown_out(
    ana: User, eve: User, open_tab: Opener, on_their_way: Callable[[Callable[[], object]], None]
) -> None:
    room = await sync_to_async(rooms.create_room)(by=ana, name="Random")
    on_their_way(lambda: rooms.change_room(room=room, by=ana, kind=Room.Kind.PRIVATE))

    hers = await open_tab(eve, room.slug)

    assert (await hers.until_closed()).code == 4404


async def test_who_is_brought_in_elsewhere_while_they_come_in_hears_of_it(
    ana: User, eve: User, harbour: Room, open_tab: Opener, on_their_way: Callable[[Callable[[], object]], None]
) -> None:
    on_their_way(lambda: rooms.add_member(room=harbour, by=ana, user=eve))

    hers = await open_tab(eve, "general")

    await hers.until("rooms")
    await sync_to_async(messages.post_message)(room=harbour, author=ana, text="welcome on board")
    assert (await hers.until("activity"))["room"] == harbour.slug


def his_session(tab: object) -> str:
    headers = dict(tab.socket.scope["headers"])  # type: ignore[attr-defined]
    return str(headers[b"cookie"].decode().partition("=")[2])


async def test_the_check_asks_the_same_number_of_questions_for_many(
    ana: User, ben: User, harbour: Room, open_tab: Opener, django_assert_num_queries: object
) -> None:
    from chat.access import no_longer_welcome

    for user in (ana, ben):
        for room in ("general", harbour.slug):
            await open_tab(user, room)
    tickets = [socket.ticket for socket in current_hub().attendance.everybody()]

    def count() -> None:
        with django_assert_num_queries(4):  # type: ignore[operator]
            assert no_longer_welcome(tickets) == {}

    await sync_to_async(count)()


async def test_who_is_cut_off_in_the_middle_of_a_command_has_left(ana: User, open_tab: Opener) -> None:
    """A server ends what takes ten seconds to go; that must not count as somebody who is still here."""
    tab = await open_tab(ana, "general")
    await tab.until("welcome")
    assert len(current_hub().attendance.everybody()) == 1

    tab.socket.future.cancel()
    await asyncio.wait([tab.socket.future])

    assert current_hub().attendance.everybody() == []


async def test_rights_are_those_of_now_and_not_of_the_connect(
    ana: User, eve: User, general: Room, open_tab: Opener
) -> None:
    await sync_to_async(people.change_account)(person=eve, is_staff=True)
    tab = await open_tab(eve, "general")
    posted = await sync_to_async(messages.post_message)(room=general, author=ana, text="mine")
    await sync_to_async(people.change_account)(person=eve, is_staff=False)

    await tab.send(type="message.delete", id=posted.message.pk)

    assert (await tab.until("error"))["code"] == "forbidden"


async def test_what_is_said_is_said_by_whoever_they_are_now(
    ana: User, general: Room, helper: User, open_tab: Opener
) -> None:
    """Renamed, and alone, in another tab: this one shows the new name, and asks nobody."""
    assistant = await sync_to_async(lambda: helper.assistant)()
    await sync_to_async(rooms.change_room)(room=general, by=None, answering_assistant=assistant)
    tab = await open_tab(ana, "general", HTML)
    elsewhere = await User.objects.aget(pk=ana.pk)
    await sync_to_async(people.change_profile)(
        user=elsewhere,
        display_name="Annamaria",
        avatar_emoji="",
        avatar_tint=0,
        time_zone="",
        hides_assistants=True,
    )

    await tab.say("is anybody there?")

    assert "Annamaria" in (await tab.until("message.created"))["html"]
    assert not await Message.objects.filter(author=helper).aexists()
