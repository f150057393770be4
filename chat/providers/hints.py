"""What response headers, and the words of an error, say about trying again."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from chat.providers.trouble import RetryHint

_IN_SECONDS = re.compile(r"\b(?:retry|try again) in (\d{1,6}(?:\.\d{1,9})?)s\b", re.IGNORECASE)


def hint_from(headers: Mapping[str, str], *, now: datetime | None = None) -> RetryHint:
    """``headers`` must ignore case, as httpx's do."""
    return RetryHint(_allowed(headers.get("x-should-retry", "")), _after(headers, now or datetime.now(UTC)))


def wait_in(words: str) -> float | None:
    """In seconds, as Gemini and others say it in a sentence."""
    said = _IN_SECONDS.search(words)
    return float(said[1]) if said else None


def _allowed(value: str) -> bool | None:
    return {"true": True, "false": False}.get(value.strip().lower())


def _after(headers: Mapping[str, str], now: datetime) -> float | None:
    if (milliseconds := _seconds(headers.get("retry-after-ms", ""))) is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "")
    return seconds if (seconds := _seconds(value)) is not None else _seconds_until(value, now)


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _seconds_until(value: str, now: datetime) -> float | None:
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())
