"""What a client may say of how an answer is to be made. It is handed on as it is, once it has the right shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from chat.consumers.front.parts import cleaned
from chat.consumers.front.refusals import BadValue

MOST_STOPS = 16
LONGEST_STOP = 500
LONGEST_FORMAT = 64 * 1024  # a JSON schema may be long
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")

Check = Callable[[Any], Any]


def wishes_in(said: Mapping[str, Any]) -> dict[str, object]:
    """:raises BadValue:"""
    given = {name: said[name] for name in CHECKS if said.get(name) is not None}
    return {name: _checked(name, value) for name, value in given.items()}


def _checked(name: str, value: Any) -> object:
    check, words = CHECKS[name]
    wish = check(value)
    if wish is None:
        raise BadValue(name, words)
    return wish


def _number(least: float, most: float) -> Check:
    def check(value: Any) -> Any:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if is_number and least <= value <= most else None

    return check


def _seed(value: Any) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and abs(value) < 2**63 else None


def _stop(value: Any) -> str | list[str] | None:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not 0 < len(texts) <= MOST_STOPS:
        return None
    if not all(isinstance(text, str) and 0 < len(text) <= LONGEST_STOP for text in texts):
        return None
    return cleaned(value) if isinstance(value, str) else [cleaned(text) for text in texts]


def _effort(value: Any) -> str | None:
    return value if isinstance(value, str) and value in EFFORTS else None


def _format(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return None
    try:
        written = json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return None
    return value if len(written) <= LONGEST_FORMAT else None


CHECKS: Mapping[str, tuple[Check, str]] = {
    "stop": (_stop, f"a text, or a list of 1 to {MOST_STOPS} of them."),
    "response_format": (_format, "an object with a type."),
    "top_p": (_number(0, 1), "a number from 0 to 1."),
    "presence_penalty": (_number(-2, 2), "a number from -2 to 2."),
    "frequency_penalty": (_number(-2, 2), "a number from -2 to 2."),
    "seed": (_seed, "a whole number."),
    "reasoning_effort": (_effort, f"one of {', '.join(EFFORTS)}."),
}
