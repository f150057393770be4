"""The WebSocket edge."""

from chat.consumers.room import RoomConsumer

__all__ = ["RoomConsumer"]
