"""What an error of Dify's is: it has codes of its own, with statuses that say less."""

from __future__ import annotations

import re
from collections.abc import Mapping

from chat.providers import classify
from chat.providers.errorobjects import ErrorObject
from chat.providers.errors import FailureKind
from chat.providers.trouble import Trouble

_KINDS: Mapping[str, FailureKind] = {
    **dict.fromkeys(
        ("invalid_param", "bad_request", "not_chat_app", "app_unavailable", "agent_not_published", "not_found"),
        FailureKind.CONFIG,
    ),
    **dict.fromkeys(("provider_not_initialize", "model_currently_not_support"), FailureKind.CONFIG),
    "provider_quota_exceeded": FailureKind.QUOTA,
    "conversation_completed": FailureKind.CONVERSATION,
    **dict.fromkeys(("unauthorized", "forbidden", "workflow_version_execution_not_allowed"), FailureKind.AUTH),
    **dict.fromkeys(
        ("file_too_large", "unsupported_file_type", "too_many_files", "no_file_uploaded"), FailureKind.CONFIG
    ),
    "too_many_requests": FailureKind.RATE_LIMIT,
    "rate_limit_error": FailureKind.QUOTA,  # of the plan: waiting a moment would not help
    "internal_server_error": FailureKind.SERVER,
}
_OF_FILES = frozenset({"file_too_large", "unsupported_file_type", "too_many_files", "no_file_uploaded"})
_MODEL_IS_BUSY = re.compile(r"\b429\b|rate.?limit|too many requests|overloaded", re.IGNORECASE)


class FileTrouble(Trouble):
    """A file was not taken; the words may well be."""


def trouble_from(error: ErrorObject, words: str, *, is_known: bool) -> Trouble:
    """``is_known``: a conversation was named, which may be what the server does not like."""
    status, hint = error.status, error.hint
    if error.words & _OF_FILES or status in (413, 415):
        return FileTrouble(FailureKind.CONFIG, words, status=status, hint=hint)
    if is_known and _is_about_conversation(error, status):
        return Trouble(FailureKind.CONVERSATION, words, status=status, hint=hint)
    if "completion_request_error" in error.words:  # the model's own refusal, passed on in words
        return Trouble(_kind_of_model_s(error), words, status=status, hint=hint, tries_again=0)
    known = (kind for code, kind in _KINDS.items() if code in error.words)
    tries = 1 if status == 408 else None
    kind = next(known, None) or classify.kind_of(error, status)
    return Trouble(kind, words, status=status, hint=hint, tries_again=tries)


def _kind_of_model_s(error: ErrorObject) -> FailureKind:
    if classify.is_too_long(error):
        return FailureKind.CONTEXT
    return FailureKind.RATE_LIMIT if _MODEL_IS_BUSY.search(error.message) else FailureKind.SERVER


def _is_about_conversation(error: ErrorObject, status: int | None) -> bool:
    if status == 404 or "not_found" in error.words or "conversation_completed" in error.words:
        return True
    said = error.message.lower()
    return "invalid_param" in error.words and ("conversation" in said or "uuid" in said)
