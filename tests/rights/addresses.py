"""Every address there is, and for whom it is. One that is new has to be decided about here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from chat.routing import http, websockets


class Whose(Enum):
    EVERYBODY = auto()
    """Also of those who are not signed in."""
    PEOPLE = auto()
    """Of whoever is signed in, and shows what is theirs."""
    READERS = auto()
    """Of those who may read the room that it belongs to; for all others it is not there."""
    PROGRAMS = auto()
    """Of whoever brings a token."""
    STAFF = auto()


EVERYBODY, PEOPLE, READERS, PROGRAMS = Whose.EVERYBODY, Whose.PEOPLE, Whose.READERS, Whose.PROGRAMS
ADMIN = "admin/"

ROOMS = ["", "messages/", "events/", "completion", "silence", "join", "leave", "read", "export", "settings"]
MESSAGES = [
    *("", "edit", "delete", "react/", "stop", "retry", "continue", "ask/", "again/", "source/", "feedback/", "place"),
    "attempts/<number>/",
]
SIGNING_IN = [
    *("login/", "login/code/confirm/", "logout/", "inactive/", "signup/", "confirm-email/", "confirm-email/<key>/"),
    *("password/reset/", "password/reset/done/", "password/reset/key/done/", "password/reset/key/<uidb36>-<key>/"),
    "2fa/authenticate/",
]
OWN_SIGNING_IN = [
    *("email/", "password/change/", "password/set/", "reauthenticate/", "sessions/", "2fa/", "2fa/reauthenticate/"),
    *("2fa/totp/activate/", "2fa/totp/deactivate/"),
    *("2fa/recovery-codes/", "2fa/recovery-codes/generate/", "2fa/recovery-codes/download/"),
]

WHOSE: dict[str, Whose] = {
    **{f"rooms/<slug>/{page}": READERS for page in ROOMS},
    **{f"chats/<slug>/{page}": READERS for page in ("rename", "delete")},
    **{f"messages/<pk>/{page}": READERS for page in MESSAGES},
    **{f"files/<pk>/{page}": READERS for page in ("<name>", "preview")},
    **{f"api/rooms/<slug>{call}": READERS for call in ("", "/join", "/leave", "/messages", "/export")},
    **{f"api/messages/<id>{call}": READERS for call in ("", "/stop", "/retry", "/continue", "/again", "/attempts")},
    "ws/rooms/<slug>/": READERS,
    **dict.fromkeys(("", "rooms/", "chats/", "chats/new/", "sidebar/", "people/", "people/<name>/", "search/"), PEOPLE),
    **dict.fromkeys(("account/", "account/tokens/", "account/usage/", "help/writing/"), PEOPLE),
    **{f"api/{call}": PEOPLE for call in ("rooms", "assistants", "chat", "chat/stream")},
    **{f"accounts/{page}": PEOPLE for page in OWN_SIGNING_IN},
    **{f"accounts/{page}": EVERYBODY for page in SIGNING_IN},
    "accounts/tokens/": EVERYBODY,  # leads to another address
    **{f"api/{page}": EVERYBODY for page in ("openapi.json", "docs", "")},  # what there is; the last is nothing
    **dict.fromkeys(("words.js", "me.css", "assets/<stem>.<version>.<ending>", "healthz", "readyz"), EVERYBODY),
    "metrics": EVERYBODY,  # who may have them: tests/realtime/test_metrics.py
    "v1": PROGRAMS,
    **{f"v1/{call}": PROGRAMS for call in ("models", "models/<name>", "chat/completions", "")},
}


def addresses() -> set[str]:
    """All of them, those of the sockets and streams too; of the admin's pages, what stands before them."""
    lines = [str(route.pattern) for router in (http(websockets), websockets) for route in router.routes]
    found = {*pages(), *map(plain, lines)}
    return {address for address in found if not address.startswith(ADMIN)}


def pages(of: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """What Django serves."""
    for pattern in (of or get_resolver()).url_patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield plain(here)
        else:
            yield from pages(pattern, here)


def plain(route: str) -> str:
    """Without converters, and without what makes an expression of it."""
    named = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", route)
    return re.sub(r"<\w+:(\w+)>", r"<\1>", named).replace("^", "").replace("$", "")


def of(whose: Whose, *beginnings: str) -> list[str]:
    return sorted(address for address, is_of in WHOSE.items() if is_of is whose and address.startswith(beginnings))


def filled(address: str, **given: Any) -> str:
    """As somebody asks for it."""
    return "/" + re.sub(r"<(\w+)>", lambda name: str(given.get(name[1], 1)), address)
