"""What a body is said to be. Django reads that before there is anything it could refuse with, and fails over it."""

from __future__ import annotations

import codecs
from collections.abc import Awaitable
from typing import Any

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from django.utils.http import parse_header_parameters

KIND = b"content-type"


class Contents:
    """A ``Content-Type`` that cannot be read counts as none: then the body is no form, and no JSON."""

    def __init__(self, app: ASGI3Application) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> Awaitable[None]:
        asked: Any = scope
        said = b",".join(value for name, value in asked["headers"] if name == KIND)
        if said and not is_readable(said.decode("latin-1")):
            asked = {**asked, "headers": [header for header in asked["headers"] if header[0] != KIND]}
        return self.app(asked, receive, send)


def is_readable(said: str) -> bool:
    try:
        charset = parse_header_parameters(said)[1].get("charset", "utf-8")
        codecs.lookup(charset)
    except LookupError:  # one that nobody knows is passed over
        return True
    except ValueError:
        return False
    return _is_of_texts(charset)


def _is_of_texts(charset: str) -> bool:
    """Some pack bytes, and some know no way around what they cannot read."""
    try:
        b"\xff".decode(charset, "replace")
    except (LookupError, ValueError):
        return False
    return True
