"""Pictures that were made to fit: whoever asks about one asks again, and this time nobody waits."""

from __future__ import annotations

import threading
from collections import OrderedDict

from chat.providers import Picture

MOST_BYTES = 32_000_000


class MadePictures:
    """The last ones that were used, by the place of their bytes and their longest side."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes, self._bytes = most_bytes, 0
        self._pictures: OrderedDict[tuple[str, int], Picture] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, int]) -> Picture | None:
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
            return self._pictures.get(key)

    def put(self, key: tuple[str, int], picture: Picture) -> None:
        with self._lock:
            if known := self._pictures.pop(key, None):
                self._bytes -= len(known.content)
            self._pictures[key] = picture
            self._bytes += len(picture.content)
            while self._bytes > self._most_bytes:
                self._bytes -= len(self._pictures.popitem(last=False)[1].content)


made = MadePictures(MOST_BYTES)
