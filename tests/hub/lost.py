"""Posts of which no announcement comes, and what a socket hears of them all the same."""

from __future__ import annotations

import asyncio
from typing import Any

from asgiref.sync import sync_to_async

from chat import frames
from chat.hub import current_hub
from chat.models import Message, Room, User
from chat.services import messages
from tests.realtime.tabs import Tab


async def quietly(room: Room, author: User, *texts: str, **fields: Any) -> list[dict[str, Any]]:
    """Post without anybody being told; what would have been announced."""
    hub = current_hub()
    hub.publisher.listener = lambda _: None
    posted = [
        (await sync_to_async(messages.post_message)(room=room, author=author, text=text, **fields)).message
        for text in texts
    ]
    await asyncio.sleep(0.02)
    hub.publisher.listener = hub.take
    return [await sync_to_async(announcement)(message) for message in posted]


def announcement(message: Message) -> dict[str, Any]:
    frame = frames.message_created(message)
    return {
        "kind": "change",
        "room": message.room_id,
        "revision": message.revision,
        "json": frame.json,
        "html": frame.html,
    }


async def texts_of(tab: Tab, count: int) -> list[str]:
    return [(await tab.until("message.created"))["message"]["text"] for _ in range(count)]
