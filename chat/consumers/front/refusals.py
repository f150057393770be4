"""Errors in OpenAI's envelope, with the status that makes its clients do the right thing."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from chat.exceptions import ChatError, NotFound, NotSignedIn, RateLimited
from chat.providers import PLAIN_WORDS, Failed, FailureKind, Notice
from chat.usage import OverLimit

LONGEST_RETRY_SECONDS = 60  # what clients wait for by themselves

# The status, and the code that OpenAI has for it.
OF_FAILURES: dict[FailureKind, tuple[int, str]] = {
    FailureKind.CONTEXT: (400, "context_length_exceeded"),
    FailureKind.CONTENT_FILTER: (400, "content_filter"),
    FailureKind.UNSUPPORTED: (400, "unsupported"),
    FailureKind.RATE_LIMIT: (429, "rate_limit_exceeded"),
    FailureKind.OVERLOADED: (503, "overloaded"),
    FailureKind.BUSY: (503, "busy"),
    FailureKind.TIMEOUT: (504, "timeout"),
}
TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class BadValue(ChatError):
    """``param`` is the key of the body that is meant."""

    code = "invalid_value"
    status = 400

    def __init__(self, param: str, text: str) -> None:
        super().__init__(f"{param}: {text}")
        self.param = param


class BackEndFailed(ChatError):
    """What went wrong behind us, in plain words: the provider's own are for staff."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(_(PLAIN_WORDS[failed.kind]))
        self.status, self.code = OF_FAILURES.get(failed.kind, (502, str(failed.kind)))
        self.is_retryable = failed.retryable
        self.retry_after = failed.retry_after


class LeftOut(ChatError):
    """The answer would be one to another question: nobody here reads a note beside it."""

    code = "left_out"

    def __init__(self, notice: Notice) -> None:
        super().__init__(f"{notice.words} {_('That answer is withheld.')}")


def no_answer(event: Failed | Notice) -> ChatError:
    return BackEndFailed(event) if isinstance(event, Failed) else LeftOut(event)


def envelope(error: ChatError) -> dict[str, Any]:
    return {
        "error": {
            "message": error.detail,
            "type": TYPES.get(status_of(error), "invalid_request_error" if status_of(error) < 500 else "server_error"),
            "param": getattr(error, "param", None),
            "code": code_of(error),
        }
    }


def status_of(error: ChatError) -> int:
    """Clients send again what is answered with 409, and know no 422."""
    return {409: 403, 422: 400}.get(error.status, error.status)


def code_of(error: ChatError) -> str:
    match error:
        case NotSignedIn():
            return "invalid_api_key"
        case OverLimit():
            return "insufficient_quota"
        case RateLimited():
            return "rate_limit_exceeded"
        case NotFound() if type(error) is NotFound:
            return "model_not_found"
        case _:
            return error.code


def advice(error: ChatError) -> dict[str, str]:
    """Headers for clients that try again by themselves: not where it is no use."""
    after = getattr(error, "retry_after", None)
    headers = {"Retry-After": str(max(1, round(after)))} if after else {}
    is_useless = (after or 0) > LONGEST_RETRY_SECONDS or not getattr(error, "is_retryable", True)
    return {**headers, "x-should-retry": "false"} if is_useless else headers
