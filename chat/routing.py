"""What stays open: everything else is Django's."""

from __future__ import annotations

from channels.routing import URLRouter
from django.urls import path, re_path

from chat.consumers import RoomConsumer
from chat.consumers.nowhere import Nowhere

websockets = URLRouter(
    [
        path("ws/rooms/<slug:slug>/", RoomConsumer.as_asgi()),
        re_path(r"", Nowhere.as_asgi()),
    ]
)
