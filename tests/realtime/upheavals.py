"""What happens to the room of a household, its people and its answers beside what is said there."""

from __future__ import annotations

import asyncio

from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile

from chat.exceptions import NotCutOff
from chat.hub import hub
from chat.models import Attachment, Message, Reply
from chat.models.replies import MAX_TAKEOVERS
from chat.providers import close_clients
from chat.replies import worker
from chat.services import files, people, replies, rooms
from tests.realtime.household import NUMBERS, Household, is_open, nth
from tests.realtime.telling import Telling


async def come_or_go(house: Household) -> None:
    """A guest is brought in, or taken out."""
    is_here = await house.room.memberships.filter(user=house.guest).aexists()
    act = rooms.remove_member if is_here else rooms.add_member
    await house.do(act, room=house.room, by=house.people[0], user=house.guest)


async def ban(house: Household, words: int) -> None:
    """A guest asks, and their account is closed: what is written for them ends there, what they said stays."""
    if not await house.room.memberships.filter(user=house.guest).aexists():
        await come_or_go(house)
    number = await house.ask(by=house.guest)
    if words:
        await house.tell_more(number, words)
    await house.do(people.deactivate, person=house.guest, by=None)
    house.ended[number] = house.running.pop(number)
    await house.do(people.reactivate, person=house.guest, by=None)


async def close_or_open(house: Household) -> None:
    """What is being written when it is closed stops there."""
    act = rooms.unarchive_room if house.is_closed else rooms.archive_room
    await house.do(act, room=house.room, by=house.people[0])
    house.is_closed = not house.is_closed
    if house.is_closed:
        house.ended |= house.running
        house.running.clear()


async def rename(house: Household) -> None:
    await house.do(rooms.change_room, room=house.room, by=house.people[0], name=f"Room {next(NUMBERS)}")


async def change_topic(house: Household) -> None:
    await house.do(rooms.change_room, room=house.room, by=house.people[0], topic=f"<{next(NUMBERS)}> & all that")


async def send_file(house: Household, who: int, words: str) -> None:
    name = f"notes <{words}> & more.txt"
    await house.say(who, words, files=[SimpleUploadedFile(name, b"what is to be noted", "text/plain")])


async def drop_file(house: Household, which: int) -> None:
    """A message that was nothing else goes with it."""
    found = Attachment.objects.filter(message__room=house.room).select_related("message__room").order_by("pk")
    listed = [file async for file in found]
    if listed:
        await house.do(files.delete_file, attachment=listed[which % len(listed)], by=house.people[0])


async def go_on(house: Household, which: int) -> None:
    """An answer that was stopped goes on where its words end, if it has some."""
    number = nth(house.ended, which)
    await house.until(lambda: not is_open(house.ended[number]))
    message = await Message.objects.select_related("room").aget(pk=house.ended[number])
    tellings = house.llm.tellings
    before, tellings[number] = tellings[number], Telling.after(message.text)  # it may be asked for at once
    try:
        await house.do(replies.continue_reply, message=message, by=house.people[0])
    except NotCutOff:
        tellings[number] = before
    else:
        house.running[number] = house.ended.pop(number)


async def die(house: Household) -> None:
    """As a server that is killed: nothing is handed on, and who comes after finds the leases of the dead."""
    await house.until(lambda: all(owner or not is_open for _, is_open, owner, _ in _states(house).values()))
    await house.lose_lines()
    loop = asyncio.get_running_loop()
    if dead := worker._workers.pop(loop, None):
        dead._keeper.end()
        for task in (tasks := list(dead._tasks)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await hub.stop_hubs()
    await close_clients()
    before = await sync_to_async(_states)(house)
    house.serve()
    await house.until(lambda: all(_is_taken_over(before[pk], now) for pk, now in _states(house).items()))
    await sync_to_async(_note_given_up)(house)


State = tuple[int, bool, str, int]


def _states(house: Household) -> dict[int, State]:
    rows = Reply.objects.filter(message__in=house.running.values())
    fields = ("message", "attempt", "is_open", "lease_owner", "takeovers")
    return {pk: tuple(state) for pk, *state in rows.values_list(*fields)}


def _is_taken_over(before: State, now: State) -> bool:
    """Written again, or given up: what is taken over too often ends a little later."""
    attempt, is_open, _, takeovers = now
    return not is_open or (attempt > before[0] and takeovers <= MAX_TAKEOVERS)


def _note_given_up(house: Household) -> None:
    """After two take-overs an answer ends as interrupted."""
    for number, message in list(house.running.items()):
        if not Reply.objects.get(message=message).is_open:
            house.ended[number] = house.running.pop(number)
