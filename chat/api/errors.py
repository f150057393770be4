"""Every refusal of the API is ``{"code", "detail"}`` with the right status, whoever refuses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.core.exceptions import BadRequest as UndecodableForm
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    JsonResponse,
    RawPostDataException,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from chat.api.auth import too_often
from chat.database import AWAY
from chat.exceptions import (
    BadRequest,
    ChatError,
    CsrfRefused,
    DiskFull,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    RateLimited,
    ServerError,
    TooLarge,
    Unavailable,
    UnexpectedContent,
)
from chat.services.attachments import too_many_files

log = structlog.get_logger(__name__)

READ_REFUSALS = frozenset({400, 401, 404, 422, 429, 503})
WRITE_REFUSALS = frozenset({400, 401, 403, 404, 409, 413, 415, 422, 429, 503})
FILE_REFUSALS = WRITE_REFUSALS | {507}


class ErrorOut(Schema):
    code: str
    detail: str


# What Django itself says about a body.
UNREADABLE: dict[type[Exception], Callable[[], ChatError]] = {
    TooManyFilesSent: too_many_files,
    RequestDataTooBig: TooLarge,
    MultiPartParserError: UnexpectedContent,
    UndecodableForm: UnexpectedContent,
    RawPostDataException: UnexpectedContent,  # a form, which the CSRF check has read
    SuspiciousOperation: BadRequest,
    UnreadablePostError: BadRequest,
}


def refuse(request: HttpRequest, error: ChatError) -> HttpResponse:
    response = JsonResponse({"code": error.code, "detail": error.detail}, status=error.status)
    if isinstance(error, RateLimited):
        response["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def explain_errors(api: NinjaAPI) -> None:
    explain: Any = api.add_exception_handler  # its type asks for handlers of classes, too
    explain(ChatError, refuse)
    explain(ValidationError, _invalid)
    explain(HttpError, _http_error)
    explain(Exception, _unforeseen)
    for away in AWAY:
        explain(away, _away)
    for kind in UNREADABLE:
        explain(kind, _unreadable)


def in_json(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For what the framework answers before an operation is found. Whom a forged request could harm, ``auth`` says."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            return nothing_here(request)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        refusal = refuse(request, too_often(request) or NotAllowed())
        refusal["Allow"] = response["Allow"]
        return refusal

    return answer


def for_anybody(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """What tells of the API, and asks nobody who they are. A token that is none is no way around the limit."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        error = too_often(request)
        return refuse(request, error) if error else view(request, *args, **kwargs)

    return answer


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    return refuse(request, too_often(request) or NotFound())


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    if any(len(problem["loc"]) == 2 and problem["loc"][0] == "body" for problem in error.errors):
        return refuse(request, BadRequest())  # the whole of it is missing
    return refuse(request, Invalid(" ".join(_sentence(problem) for problem in error.errors)))


def _sentence(problem: dict[str, Any]) -> str:
    """``("body", "payload", "text")`` is the field text."""
    where = problem["loc"][2:] if problem["loc"][0] == "body" else problem["loc"][1:]
    return f"{'.'.join(map(str, where)) or 'body'}: {problem['msg']}."


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, ChatError):
        return refuse(request, error.__cause__)
    if isinstance(error, AuthenticationError):
        return refuse(request, NotSignedIn())
    return refuse(request, CsrfRefused() if error.status_code == 403 else BadRequest())


def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return refuse(request, next(refusal() for kind, refusal in UNREADABLE.items() if isinstance(error, kind)))


def _away(request: HttpRequest, error: Exception) -> HttpResponse:
    log.warning("database_failed", error=repr(error))
    return refuse(request, Unavailable())


def _unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    if DiskFull.is_meant_by(error):  # while a form is read
        return refuse(request, DiskFull())
    log.error("request_failed", exc_info=error)  # its route is noted
    return refuse(request, ServerError())
