from __future__ import annotations

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from chat.assets import asset

# Named, and not by `q=0`: that is how it is refused.
GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?!;\s*q=0(?:\.0*)?\s*(?:,|$))(?:[;,]|$)", re.IGNORECASE)
FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def joined(request: HttpRequest, stem: str, version: str, ending: str) -> HttpResponse:
    """A joined file. A page of an earlier release is given what there is now, and keeps it no longer than it must."""
    try:
        found = asset(f"{stem}.{ending}")
    except KeyError:
        raise Http404 from None
    is_compressed = GZIP.search(request.headers.get("Accept-Encoding", "")) is not None
    response = HttpResponse(found.compressed if is_compressed else found.content, content_type=found.content_type)
    response["Cache-Control"] = FOR_EVER if version == found.version else "no-cache"
    if is_compressed:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response
