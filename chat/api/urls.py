from __future__ import annotations

from django.urls import path, re_path
from django.views.decorators.http import require_GET

from chat.api.errors import for_anybody, in_json, nothing_here
from chat.api.site import api

DESCRIPTIONS = ("openapi-json", "openapi-view")
ROOT = "api-root"  # nothing is there

_operations, _app, _namespace = api.urls
for _pattern in _operations:
    assert _pattern.callback is not None
    _view = for_anybody(_pattern.callback) if _pattern.name in DESCRIPTIONS else _pattern.callback
    _pattern.callback = in_json(require_GET(_view) if _pattern.name in (*DESCRIPTIONS, ROOT) else _view)

urlpatterns = [
    path("", (_operations, _app, _namespace)),
    re_path(r"", nothing_here),
]
