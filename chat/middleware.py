"""What holds for every request, before any view sees it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.deprecation import MiddlewareMixin

from chat.api.errors import refuse
from chat.database import give_line_back
from chat.exceptions import BadRequest, RateLimited
from chat.limits import spend_anonymous_request
from chat.logcontext import note
from chat.views.errors import not_allowed
from chat.views.requests import with_reason

API = "/api/"
FOR_WATCHERS = ("/healthz", "/readyz")
FREE = (settings.STATIC_URL, "/assets/", "/me.css", *FOR_WATCHERS)


class RouteNoted(MiddlewareMixin):
    """For the log: the pattern of the address, and the numbers in it. Words in it may be a key."""

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: dict[str, object]) -> None:
        numbers = {"message" if name == "pk" else name: value for name, value in kwargs.items() if type(value) is int}
        note(route=request.resolver_match.route if request.resolver_match else "", **numbers)


class Legible(MiddlewareMixin):
    """Nobody means a NUL in an address, or in the key of a session, and PostgreSQL refuses to be asked for one."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if not request.COOKIES.get(settings.SESSION_COOKIE_NAME, "").isprintable():
            del request.COOKIES[settings.SESSION_COOKIE_NAME]
        if "\0" not in request.path and "%00" not in request.META.get("QUERY_STRING", ""):
            return None
        error = BadRequest("The address makes no sense.")
        if request.path.startswith(API):
            return refuse(request, error)
        return with_reason(render(request, "400.html", status=error.status), error)


class Common(CommonMiddleware):
    """Who watches a process calls it by an address of its own, which is no name of the site."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path in FOR_WATCHERS else super().process_request(request)


class MethodRefused(MiddlewareMixin):
    """Views that do not know a method answer with nothing but its number."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not isinstance(response, HttpResponseNotAllowed) or "X-Error-Code" in response:
            return response
        return not_allowed(request, response)


class LineGivenBack(MiddlewareMixin):
    """Whoever reads slowly holds no line to the database meanwhile: twenty such readers had all that a process has.
    Outside of all that asks or writes."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        give_line_back()
        return response


class NothingLeftBehind(MiddlewareMixin):
    """Who signs out takes what they have read with them: it would else be there again for whoever presses "back".

    Outside of sessions, which take their cookie back where somebody is signed out.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if session is not None and not session.value:
            response["Clear-Site-Data"] = '"cache"'
        return response


class SecretsUnkept(MiddlewareMixin):
    """Codes, and the key they are made of, are on the page that is asked for, and in no browser's cache."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.resolver_match is not None and request.resolver_match.view_name.startswith("mfa_"):
            add_never_cache_headers(response)
        return response


class HeadAsGet(MiddlewareMixin):
    """Whatever can be got can be asked for its headers. Views know only GET; ``META`` keeps what was asked."""

    def process_request(self, request: HttpRequest) -> None:
        if request.method == "HEAD":
            request.method = "GET"

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """The server leaves out a first piece only: the rest of a long page would be read as the next answer."""
        if request.META.get("REQUEST_METHOD") == "HEAD":
            response.content = b""
        allowed = response.get("Allow", "").split(", ")
        if "GET" in allowed and "HEAD" not in allowed:
            response["Allow"] = ", ".join([*allowed, "HEAD"])
        return response


class AnonymousLimit(MiddlewareMixin):
    """So many requests a minute from one address without anybody signed in."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if request.path.startswith(FREE) or _says_who(request):
            return None
        if request.user.is_authenticated:
            note(person=request.user.pk)
            return None
        try:
            spend_anonymous_request(request.META.get("REMOTE_ADDR", ""))
        except RateLimited as error:
            return _refuse(request, error)
        return None


def _says_who(request: HttpRequest) -> bool:
    """The API counts by itself those who bring a token that is none: at each of its addresses."""
    scheme = request.headers.get("Authorization", "").partition(" ")[0]
    return request.path.startswith(API) and scheme.lower() == "bearer"


def _refuse(request: HttpRequest, error: RateLimited) -> HttpResponse:
    if request.path.startswith(API):
        return refuse(request, error)
    return with_reason(render(request, "429.html", status=error.status), error)
