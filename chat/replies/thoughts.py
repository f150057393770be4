"""What a model thinks aloud before its answer, while it does. It is shown folded away, and told to no model again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone


@dataclass(frozen=True, slots=True)
class Thought:
    """One frame's worth, the ``sequence``-th; it follows ``start`` characters of earlier ones."""

    content: str
    sequence: int
    start: int


class Thoughts:
    """Of one attempt. ``told`` and ``sequence`` say how far viewers are; ``told`` may be asked by any thread."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._stands_at = self._told, 0, 0  # these, so many of them, and how often something was cut: in one step
        self._fresh: list[str] = []
        self._length = 0
        self.sequence = 0
        self.first_at: datetime | None = None

    def add(self, delta: str) -> None:
        self.first_at = self.first_at or timezone.now()
        self._fresh.append(delta)

    def tell_anew(self) -> None:
        """Viewers forget what they know."""
        self._fresh = [*self._told, *self._fresh]
        self._told, self._length = [], 0
        self._stands_at = self._told, 0, self.sequence

    def cut(self) -> Thought | None:
        content = "".join(self._fresh)
        if not content:
            return None
        self.sequence += 1
        thought = Thought(content, self.sequence, self._length)
        self._fresh = []
        self._told.append(content)
        self._length += len(content)
        self._stands_at = self._told, len(self._told), self.sequence
        return thought

    @property
    def text(self) -> str:
        return "".join([*self._told, *self._fresh])

    @property
    def told(self) -> tuple[str, int]:
        """What was cut so far, and how often."""
        told, count, sequence = self._stands_at
        return "".join(told[:count]), sequence
