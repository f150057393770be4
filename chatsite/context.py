"""What every page may know about the site it belongs to: `{{ site.name }}`."""

from __future__ import annotations

from typing import TypedDict

from django.conf import settings
from django.http import HttpRequest


class Site(TypedDict):
    name: str
    accent: int
    url: str
    signup_open: bool


def site(request: HttpRequest) -> dict[str, Site]:
    return {
        "site": {
            "name": settings.SITE_NAME,
            "accent": settings.SITE_ACCENT,
            "url": settings.SITE_URL,
            "signup_open": settings.SIGNUP_OPEN,
        }
    }
