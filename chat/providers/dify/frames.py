"""Reading one object of Dify's stream. Every field may be missing, null or of any type."""

from __future__ import annotations

from chat.providers.events import File, Started, Usage
from chat.providers.jsontext import JSONObject, as_amount, as_count, as_object, as_text
from chat.providers.text import clean_line

LONGEST_NAME = 120
_LONGEST_URL = 2000


def started_from(parsed: JSONObject) -> Started | None:
    """``request_id`` is the id of the message: what feedback is given on."""
    message, task, conversation = (name_in(parsed, key) for key in ("message_id", "task_id", "conversation_id"))
    return Started(message, "", task, conversation) if message or conversation else None


def name_in(parsed: JSONObject, key: str) -> str:
    return clean_line(as_text(parsed.get(key)), LONGEST_NAME)


def usage_of(parsed: JSONObject) -> Usage | None:
    usage = as_object(as_object(parsed.get("metadata")).get("usage"))
    if not usage:
        return None
    return Usage(
        prompt=as_count(usage.get("prompt_tokens")),
        completion=as_count(usage.get("completion_tokens")),
        total=as_count(usage.get("total_tokens")),
        cost=_dollars(usage),
    )


def file_of(parsed: JSONObject) -> File | None:
    """What the assistant made; the files that people sent along are told, too."""
    url = clean_line(as_text(parsed.get("url")), _LONGEST_URL)
    if not url or parsed.get("belongs_to") == "user":
        return None
    return File(name_in(parsed, "type") or "file", url)


def _dollars(usage: JSONObject) -> float | None:
    price = usage.get("total_price")
    if usage.get("currency") != "USD":
        return None
    try:
        return as_amount(float(price) if isinstance(price, str) else price)
    except ValueError:
        return None
