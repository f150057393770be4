"""A conversation in which every kind of frame is heard that can be heard within seconds."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async

from chat.hub import hub
from chat.models import Room, User
from chat.providers import close_clients
from chat.replies import worker
from chat.services.memberships import leave_room
from chat.services.people import general_room
from chat.services.rooms import change_room
from tests.factories import make_assistant, make_message, make_person, make_room, make_token
from tests.fake_llm import FakeLLM, Script, chunk, error, stream_of
from tests.realtime.tabs import JSON, Frame, Tab


async def frames_of_a_conversation() -> list[Frame]:
    with FakeLLM() as llm:
        llm.answer(Script([chunk(reasoning_content="They count."), *stream_of("1 2 3")]), error(401))
        ana, ben, garden = await sync_to_async(people)(llm.url)
        general = await sync_to_async(general_room)()
        tabs = [await Tab("general", await sync_to_async(program)(user), JSON).open() for user in (ana, ben)]
        try:
            await converse(tabs[0], tabs[1], general, garden, ben)
        finally:
            for tab in tabs:
                await tab.close()
            await worker.stop_workers()
            await hub.stop_hubs()
            await close_clients()
    return [frame for tab in tabs for frame in tab.seen]


def people(url: str) -> tuple[User, User, Room]:
    ana, ben = make_person("ana"), make_person("ben")
    make_assistant("helper", general_room(), provider="openai", base_url=url, model="fake")
    return ana, ben, make_room("garden", ana, ben)


def program(user: User) -> dict[str, str]:
    return {"Host": "testserver", "Authorization": f"Bearer {make_token(user)[1]}"}


async def converse(ana: Tab, ben: Tab, general: Room, garden: Room, ben_himself: User) -> None:
    await ana.until("presence")
    await ben.send(type="typing")
    await ana.until("typing")
    await ana.say("@helper @ben count")
    said = (await ana.until("message.created"))["message"]
    await ben.until("mention")
    await ana.until("control", action="end")
    await ana.send(type="read", sequence=said["sequence"] + 1)
    await ana.until("read")
    await ana.send(type="message.edit", id=said["id"], text="@helper again")
    await ana.until("message.updated")
    await ana.say("@helper once more")
    await ana.until("control", action="error")
    await ana.send(type="message.delete", id=said["id"])
    await ana.until("message.deleted")
    await ana.say(" ")
    await ana.until("error")
    await sync_to_async(make_message)(garden, ben_himself)
    await ana.until("activity")
    await sync_to_async(change_room)(room=garden, by=None, name="Orchard")
    await ana.until("rooms")
    await sync_to_async(leave_room)(room=general, user=ben_himself)
    await ana.until("room")
    await ana.sync(0)


def kind(frame: Frame) -> str:
    return f"{frame['type']} {frame.get('action', '')}".strip()


def shape(frame: Frame) -> Any:
    """Its kind and its keys, without those that only some frames of a kind have."""
    return kind(frame), keys({name: part for name, part in frame.items() if name not in ("client_id", "retry_after")})


def keys(value: Any) -> Any:
    return {name: keys(part) for name, part in value.items()} if isinstance(value, dict) else None
