"""All that pages are made of, read before the first of them.

Django reads addresses and templates as they are asked for. An update puts other files in the place of those that a
running process has not read yet: half of one version and half of the next is an error, until it is restarted.
"""

from __future__ import annotations

from pathlib import Path

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.template.loader import get_template
from django.urls import get_resolver

from chat.assets import SCRIPTS, STYLES, asset

REFUSALS = (400, 403, 404, 500)


def load_pages() -> None:
    resolver = get_resolver()
    for status in REFUSALS:
        resolver.resolve_error_handler(status)
    get_adapter()
    if not settings.DEBUG:
        for name in (*SCRIPTS, *STYLES):
            asset(name)
    for name in template_names():
        get_template(name)


def template_names() -> list[str]:
    root = Path(settings.BASE_DIR) / "templates"
    return [path.relative_to(root).as_posix() for path in root.rglob("*.html")]
