"""Reading JSON that comes from outside, where every field may be missing or of any type."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

JSONObject = Mapping[str, object]
_decode = json.JSONDecoder().raw_decode


class NotJSON(ValueError):
    """Not JSON, or nested or numbered beyond what can be read."""


def parse(text: str) -> object:
    """:raises NotJSON:"""
    try:
        parsed: object = json.loads(text.removeprefix("\ufeff"))  # some servers begin with a byte order mark
    except (ValueError, RecursionError) as error:  # ValueError also for numbers of thousands of digits
        raise NotJSON(str(error)) from error
    return parsed


def object_at(text: str, at: int) -> tuple[JSONObject, int] | None:
    """The object that begins there, and where it ends."""
    try:
        parsed, end = _decode(text, at)
    except (ValueError, RecursionError):
        return None
    return (parsed, end) if isinstance(parsed, dict) else None


def is_json(text: str) -> bool:
    try:
        parse(text)
    except NotJSON:
        return False
    return True


def is_json_object(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n").startswith("{") and is_json(text)


def as_object(value: object) -> JSONObject:
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def as_count(value: object) -> int | None:
    """A number of tokens that fits a database's integer."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**31:
        return None
    return int(value)


def as_amount(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**31:
        return None
    return float(value) if math.isfinite(value) else None
