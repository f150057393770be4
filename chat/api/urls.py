from __future__ import annotations

from django.urls import path, re_path

from chat.api.errors import in_json, nothing_here
from chat.api.site import api

_operations, _app, _namespace = api.urls
for _pattern in _operations:
    assert _pattern.callback is not None
    _pattern.callback = in_json(_pattern.callback)

urlpatterns = [
    path("", (_operations, _app, _namespace)),
    re_path(r"", nothing_here),
]
