"""From a status and an error object to the kind of failure. Words say more than numbers, so they come first."""

from __future__ import annotations

import re
from collections.abc import Mapping

from chat.providers.errorobjects import ErrorObject
from chat.providers.errors import FailureKind
from chat.providers.hints import wait_in

_BY_WORD: Mapping[FailureKind, frozenset[str]] = {
    FailureKind.QUOTA: frozenset({"insufficient_quota", "payment_required", "billing_not_active"}),
    FailureKind.CONTEXT: frozenset(
        {
            "string_too_long",
            "context_length_exceeded",
            "exceed_context_size_error",
            "token_limit_exceeded",
            "max_tokens_exceeded",
            "tokens_limit_reached",
        }
    ),
    FailureKind.CONTENT_FILTER: frozenset(
        {
            *("content_filter", "content_policy_violation", "refusal"),
            *("data_inspection_failed", "datainspectionfailed"),
        }
    ),
    FailureKind.AUTH: frozenset(
        {"authentication", "authentication_error", "permission_denied", "invalid_api_key", "unauthorized"}
    ),
    FailureKind.RATE_LIMIT: frozenset({"rate_limit_exceeded", "rate_limit_error", "too_many_requests"}),
    FailureKind.OVERLOADED: frozenset(
        {"provider_overloaded", "server_overloaded", "overloaded_error", "insufficient_system_resource"}
    ),
    FailureKind.SERVER: frozenset(
        {"server", "server_error", "internal_server_error", "provider_unavailable", "timeout"}
    ),
    FailureKind.CONFIG: frozenset(
        {
            *("invalid_request", "invalid_prompt", "not_found", "model_not_found", "precondition_failed"),
            *("payload_too_large", "unprocessable", "invalid_image", "image_too_large", "image_too_small"),
            *("unsupported_image_format", "image_not_found", "image_download_failed"),
        }
    ),
}

_BY_STATUS: Mapping[int, FailureKind] = {
    401: FailureKind.AUTH,
    402: FailureKind.QUOTA,
    403: FailureKind.AUTH,
    408: FailureKind.TIMEOUT,
    409: FailureKind.SERVER,  # a lock that was held too long
    429: FailureKind.RATE_LIMIT,
    503: FailureKind.OVERLOADED,
    529: FailureKind.OVERLOADED,
}

_TOO_LONG = re.compile(
    r"maximum (?:context|prompt|model) length|context (?:size|window|length)|\btoo long\b|too many (?:input )?tokens"
    r"|input token count|reduce the length of|`?inputs`? (?:tokens )?(?:must have|\+ `?max_new_tokens`? must)",
    re.IGNORECASE,
)
# One question alone is more than a minute may hold: to wait would not help.
_OVER_A_MINUTE = re.compile(r"request (?:body )?too large for .{0,300}\btokens\b", re.IGNORECASE)
_OF_TIME = re.compile(r"\b(?:took|tak(?:e|es|en|ing)|wait(?:ed|ing)?) (?:\w+ )?too long\b", re.IGNORECASE)
_OF_ANOTHER_KEY = re.compile(r"\s*invalid '(?!messages)", re.IGNORECASE)  # too many stop sequences, say
_DECLINED = re.compile(r"violating our usage polic|content exists risk|blocked by content filtering", re.IGNORECASE)
_NO_CREDIT = re.compile(r"exceeded your current quota|insufficient (?:balance|credits|quota)", re.IGNORECASE)


def kind_of(error: ErrorObject, status: int | None = None) -> FailureKind:
    """``status`` is the exchange's own, if it says error; else the one inside the error object counts."""
    status = status or error.status
    if status in (400, 413, 422, None) and is_too_long(error):
        return FailureKind.CONTEXT
    if status == 429 and _OVER_A_MINUTE.search(error.message):
        return FailureKind.CONTEXT
    if (status == 403 and error.was_moderated) or (status in (400, 403, None) and _DECLINED.search(error.message)):
        return FailureKind.CONTENT_FILTER
    if status in (402, 403, 429, None) and _is_out_of_credit(error):
        return FailureKind.QUOTA
    return _by_word(error) or by_status(status)


def is_too_long(error: ErrorObject) -> bool:
    if _OF_ANOTHER_KEY.match(error.message):
        return False
    said = _OF_TIME.sub("", error.message)
    return (_TOO_LONG.search(said) or _OVER_A_MINUTE.search(said)) is not None


def by_status(status: int | None) -> FailureKind:
    if status is None or status >= 500:
        return _BY_STATUS.get(status or 500, FailureKind.SERVER)
    return _BY_STATUS.get(status, FailureKind.CONFIG)


def _by_word(error: ErrorObject) -> FailureKind | None:
    return next((kind for kind, words in _BY_WORD.items() if words & error.words), None)


def _is_out_of_credit(error: ErrorObject) -> bool:
    if any(word.startswith("billing_") for word in error.words):
        return True
    is_a_minute_s = "resource_exhausted" in error.words or wait_in(error.message) is not None
    return _NO_CREDIT.search(error.message) is not None and not is_a_minute_s  # Gemini calls both a quota
