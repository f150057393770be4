"""Who asks: a program with a bearer token, or a page with its session and the CSRF token."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import HttpBearer
from ninja.security.session import SessionAuth

from chat.exceptions import NotSignedIn, RateLimited
from chat.limits import spend_anonymous_request
from chat.logcontext import note
from chat.models import ApiToken, User


class ApiRequest(HttpRequest):
    """A request whose asker is known."""

    user: User


class BearerToken(HttpBearer):
    """Wins over a session. One that is not known is not looked past: its owner wants to hear it."""

    def authenticate(self, request: HttpRequest, token: str) -> User:
        """:raises NotSignedIn: :raises RateLimited: somebody tries many."""
        found = ApiToken.objects.matching(token.strip())
        if found is None:
            spend_anonymous_request(request.META.get("REMOTE_ADDR", ""))
            raise NotSignedIn(_("This token is not known, or it was revoked."))
        ApiToken.objects.note_use([found])
        request.user = found.user
        note(person=found.user_id)
        return found.user


def too_often(request: HttpRequest) -> RateLimited | None:
    """Of who comes with a token where no operation looks at it: why they are to wait, if they are."""
    try:
        BearerToken()(request)
    except RateLimited as error:
        return error
    except NotSignedIn:  # and is counted
        return None
    return None


class Session(SessionAuth):
    """Who is not signed in at all hears that, and not something about CSRF."""

    def __call__(self, request: HttpRequest) -> User | None:
        if not request.user.is_authenticated:
            return None
        return cast(User | None, super().__call__(request))
