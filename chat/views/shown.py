"""Messages as HTML, drawn once for as long as they, and all that is shown with them, stay as they are.

A room's newest messages are on every page that is opened there, and to draw them was half of what such a page cost.
What a drawing is known by is taken from the rows themselves, so nothing has to be told that something has changed.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable, Iterator
from hashlib import blake2b
from threading import Lock
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from chat.models import Message, Room, User

MOST = 2_000  # some megabytes

# Rows that change all the time, by what a message shows of them. Of all others, everything that was read counts.
SEEN: dict[type[Model], Callable[[Any], tuple[object, ...]]] = {
    User: lambda user: (user.pk, user.shown_name, user.face, user.tint, user.kind),
    Room: lambda room: (room.pk, room.slug),
}


def shown(message: Message, *, follows: bool = False, time: str = "") -> SafeString:
    """As ``_message.html`` draws it; ``message`` was read ``.whole()``. What is being written is drawn each time."""
    line = {"follows": follows, "time": time}
    if message.is_running or settings.DEBUG:
        return _draw(message, line)
    key = _digest([get_language(), *line.values(), *_rows_of(message, set())])
    return _drawings.get(key) or _drawings.keep(key, _draw(message, line))


def _draw(message: Message, line: dict[str, object]) -> SafeString:
    return render_to_string("chat/partials/_message.html", {"message": message, "line": line})


def _digest(state: list[object]) -> bytes:
    return blake2b(pickle.dumps(state), digest_size=16).digest()


def _rows_of(row: Model, been: set[int]) -> Iterator[object]:
    """The values of a row and of those read with it, one after the other."""
    been.add(id(row))
    if seen := SEEN.get(type(row)):
        yield from seen(row)
        return
    for name, value in list(row.__dict__.items()):
        rows = value if isinstance(value, list) and value and isinstance(value[0], Model) else []
        if name.startswith("_") and not rows:
            continue
        yield len(rows) if rows else value
        for other in rows:
            yield from _rows_of(other, been)
    for name, other in row._state.fields_cache.items():
        yield name
        if other is not None and id(other) not in been:
            yield from _rows_of(other, been)


class Drawings:
    """The ones asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept = OrderedDict[bytes, SafeString]()
        self._lock = Lock()

    def get(self, key: bytes) -> SafeString | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: bytes, drawing: SafeString) -> SafeString:
        with self._lock:
            self._kept[key] = drawing
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return drawing


_drawings = Drawings(MOST)
