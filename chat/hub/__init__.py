"""One per process and event loop: announcements in, local sockets out, in order."""

from chat.hub.attendance import ROOMS
from chat.hub.hub import Hub, current_hub
from chat.hub.socket import Socket

__all__ = ["ROOMS", "Hub", "Socket", "current_hub"]
