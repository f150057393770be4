"""The shapes that travel: plain dictionaries, because the channel layer packs them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ParamSpec

from django.db import transaction

from chat.events.carriers import Announcement
from chat.events.publisher import publish, room_group
from chat.frames import Frame

P = ParamSpec("P")


def after_commit(announce: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Announce when the change is the truth, and not at all if it is rolled back."""
    transaction.on_commit(partial(announce, *args, **kwargs), robust=True)


def to_room(room_id: int, kind: str, frame: Frame, **facts: object) -> None:
    publish(room_group(room_id), in_room(room_id, kind, frame, **facts))


def in_room(room_id: int, kind: str, frame: Frame, **facts: object) -> Announcement:
    return {"kind": kind, "room": room_id, "json": frame.json, "html": frame.html, **facts}
