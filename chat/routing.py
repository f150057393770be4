"""What stays open: everything else is Django's."""

from __future__ import annotations

from typing import Any, cast

from channels.routing import URLRouter
from django.urls import path, re_path

from chat.consumers import RoomConsumer
from chat.consumers.asking import ChatConsumer, ChatStreamConsumer
from chat.consumers.events import EventsConsumer
from chat.consumers.export import ExportConsumer
from chat.consumers.files import FileConsumer, PreviewConsumer
from chat.consumers.front.completions import CompletionsConsumer
from chat.consumers.front.models import ModelConsumer, ModelsConsumer, NothingHere
from chat.consumers.metrics import metrics
from chat.consumers.nowhere import Nowhere

# What no room can be called is a room that is not there: said as of any other, with a code.
websockets = URLRouter(
    [
        path("ws/rooms/<str:slug>/", RoomConsumer.as_asgi()),
        re_path(r"", Nowhere.as_asgi()),
    ]
)


def http(otherwise: Any) -> URLRouter:
    """HTTP that may take long; the rest goes to this application."""
    return URLRouter(
        [
            path("api/chat", ChatConsumer.as_asgi()),
            path("api/chat/stream", ChatStreamConsumer.as_asgi()),
            path("api/rooms/<slug:slug>/export", ExportConsumer.as_asgi()),
            path("v1/models", ModelsConsumer.as_asgi()),
            path("v1/models/<str:name>", ModelConsumer.as_asgi()),
            path("v1/chat/completions", CompletionsConsumer.as_asgi()),
            path("v1", NothingHere.as_asgi()),
            re_path(r"^v1/", NothingHere.as_asgi()),
            path("files/<int:pk>/preview", PreviewConsumer.as_asgi()),
            path("files/<int:pk>/<str:name>", FileConsumer.as_asgi()),
            path("metrics", cast(Any, metrics)),
            path("rooms/<str:slug>/events/", EventsConsumer.as_asgi()),
            re_path(r"", otherwise),
        ]
    )
