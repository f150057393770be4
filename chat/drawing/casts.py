"""What a template makes of values, with places for other values."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.safestring import mark_safe

Cast = tuple[str, ...]  # what stands between the values, and at every second place the number of the value
_PLACE = re.compile("\ue000([0-9]+)\ue000")


def place(number: int) -> str:
    """Of a value, in what is cast."""
    return mark_safe(f"\ue000{number}\ue000")


def cast_of(drawn: str) -> Cast:
    return tuple(_PLACE.split(drawn))


def is_whole(cast: Cast, values: int) -> bool:
    """So many, and no other."""
    return {int(number) for number in cast[1::2]} == set(range(values))


def filled(cast: Cast, values: Sequence[str]) -> str:
    drawn = list(cast)
    drawn[1::2] = [values[int(number)] for number in drawn[1::2]]
    return "".join(drawn)
