from __future__ import annotations

from channels.generic.websocket import AsyncWebsocketConsumer


class Nowhere(AsyncWebsocketConsumer):
    """An address without a room: refused, instead of an error in the log."""

    channel_layer_alias = None

    async def connect(self) -> None:
        await self.close()
