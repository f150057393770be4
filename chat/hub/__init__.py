"""One per process and event loop: announcements in, local sockets out, in order."""

from chat.hub.hub import Hub, current_hub
from chat.hub.socket import Socket

__all__ = ["Hub", "Socket", "current_hub"]
