"""Finding the error in what a server sent: each has its own envelope."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from chat.providers.framing import WHOLE_ANSWER
from chat.providers.hints import wait_in
from chat.providers.jsontext import JSONObject, as_amount, as_count, as_list, as_object, as_text
from chat.providers.trouble import RetryHint

_OF_ANSWERS = ("choices", "event", "answer")
_STATUS_AT_MINIMAX = {1002: 429, 1004: 401, 1008: 402}


@dataclass(frozen=True, slots=True)
class ErrorObject:
    """``words`` are the machine-readable names the server gave the error: its code, its type, its error_type,
    its status where that is one (Google's)."""

    message: str
    words: frozenset[str] = frozenset()
    status: int | None = None
    was_moderated: bool = False
    hint: RetryHint = field(default_factory=RetryHint)


def find_error(parsed: JSONObject, event_name: str = "message") -> ErrorObject | None:
    """The error in one streamed object or in one body; the first form that matches."""
    for enveloped in _enveloped(parsed):
        return enveloped
    if parsed.get("object") == "error" or _is_flat(parsed) or event_name == "error":
        return _from_object(parsed)
    if error := _beside_choices(parsed):
        return error
    if event_name == WHOLE_ANSWER and parsed.keys().isdisjoint(_OF_ANSWERS):
        return _in_body(parsed)
    return None


def find_http_error(parsed: JSONObject) -> ErrorObject | None:
    """The same, with the forms that come as a whole body: some send them with a good status, too."""
    return find_error(parsed) or _in_body(parsed)


def _beside_choices(parsed: JSONObject) -> ErrorObject | None:
    """FastAPI's and MiniMax's ways, which are no envelope, also in a stream: where nothing is answered beside them."""
    if any(parsed.get(name) for name in _OF_ANSWERS):
        return None
    result = as_object(parsed.get("base_resp"))
    if code := as_count(result.get("status_code")):
        words = as_text(result.get("status_msg")) or f"The server reported error {code}."
        return ErrorObject(words, status=_STATUS_AT_MINIMAX.get(code))
    detail = _validation(parsed.get("detail"))
    return ErrorObject(detail, _words(parsed)) if detail else None


def _in_body(parsed: JSONObject) -> ErrorObject | None:
    message = _validation(parsed.get("detail")) or as_text(parsed.get("message"))
    message = message or _first_message(parsed) or as_text(parsed.get("title"))
    return ErrorObject(message, _words(parsed)) if message else None


def _enveloped(parsed: JSONObject) -> Iterator[ErrorObject]:
    error = parsed.get("error")
    if isinstance(error, dict) and error:
        yield _from_object(error)
    if isinstance(error, str) and error:
        yield ErrorObject(error, _words(parsed), _status(parsed.get("code")) or _status(parsed.get("status")))
    if error is True:
        yield _from_object(parsed)
    choices = as_list(parsed.get("choices"))
    choice = as_object(choices[0]) if choices else {}
    if isinstance(choice.get("error"), dict):
        yield _from_object(as_object(choice["error"]))
    if choice.get("finish_reason") == "error":
        yield ErrorObject("The server ended the answer with an error.")


def _is_flat(parsed: JSONObject) -> bool:
    return parsed.get("event") == "error" or {"code", "message", "status"} <= parsed.keys()


def _from_object(error: JSONObject) -> ErrorObject:
    metadata, availability = as_object(error.get("metadata")), as_object(error.get("availability"))
    allowed = availability.get("retryable")
    message = _message(error, metadata)
    after = as_amount(availability.get("retry_after"))
    return ErrorObject(
        message=message,
        words=_words(error) | _words(metadata),
        status=_status(error.get("code")) or _status(error.get("status")),
        was_moderated=bool({"reasons", "flagged_input", "patterns"} & metadata.keys()),
        hint=RetryHint(
            allowed if isinstance(allowed, bool) else None, _delay(error, message) if after is None else after
        ),
    )


def _delay(error: JSONObject, message: str) -> float | None:
    """Google's RetryInfo says it as ``"31s"``, and the message often once more."""
    delays = (as_text(as_object(detail).get("retryDelay")) for detail in as_list(error.get("details")))
    said = next(filter(None, delays), "")
    return wait_in(f"retry in {said}") if said else wait_in(message)


def _message(error: JSONObject, metadata: JSONObject) -> str:
    said = next((words for name in ("message", "detail", "type") if (words := _as_said(error.get(name)))), "")
    original = _as_said(metadata.get("raw"))
    return f"{said} ({original})" if original else said or "The server reported an error without words."


def _as_said(value: object) -> str:
    if isinstance(value, dict | list) and value:
        return json.dumps(value)
    return as_text(value)


def _words(error: JSONObject) -> frozenset[str]:
    named = (error.get(name) for name in ("code", "type", "error_type", "status"))
    return frozenset(word.lower() for word in named if isinstance(word, str) and word)


def _status(code: object) -> int | None:
    """Some send the HTTP status as the code, as a number or in quotes."""
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) == 3:
        code = int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) and 400 <= code <= 599 else None


def _validation(detail: object) -> str:
    """FastAPI: a sentence, or a list of places and complaints."""
    if isinstance(detail, str):
        return detail
    complaints = (as_object(item) for item in as_list(detail))
    return "; ".join(f"{_place(item)}: {as_text(item.get('msg'))}" for item in complaints if item)


def _place(complaint: JSONObject) -> str:
    return ".".join(str(part) for part in as_list(complaint.get("loc")) if isinstance(part, str | int))


def _first_message(parsed: JSONObject) -> str:
    errors = as_list(parsed.get("errors"))
    return as_text(as_object(errors[0]).get("message")) if errors else ""
