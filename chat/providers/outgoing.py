"""One HTTP request to a back end: its address, its key, and whatever else it wants to be sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

import httpx

from chat.providers.base import Backend, Document, Picture
from chat.providers.errors import FailureKind
from chat.providers.exchange import httpx_timeout
from chat.providers.trouble import Trouble

Body = dict[str, object]


def build(
    backend: Backend,
    path: str,
    body: Body | None = None,
    *,
    query: Mapping[str, str] | None = None,
    reply_key: str = "",
) -> httpx.Request:
    """Built without the client, so that it carries no cookie of an earlier answer.

    :raises Trouble: the back end's settings make no request.
    """
    try:
        return httpx.Request(
            "GET" if body is None else "POST",
            _url(backend, path, query),
            headers=_headers(backend, reply_key),
            content=None if body is None else _encoded(body),
            extensions={"timeout": httpx_timeout(backend.timeouts).as_dict()},
        )
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise _nonsense(error) from error


def build_upload(backend: Backend, path: str, file: Picture | Document, fields: Mapping[str, str]) -> httpx.Request:
    """:raises Trouble: the back end's settings make no request."""
    try:
        headers = _headers(backend, "")
        del headers["Content-Type"]  # it names the boundary between the parts
        headers["Accept"] = "application/json"
        name = file.name if isinstance(file, Document) else f"picture.{file.mime_type.rpartition('/')[2]}"
        return httpx.Request(
            "POST",
            _url(backend, path, None),
            headers=headers,
            data=dict(fields),
            files={"file": (name, file.content, file.mime_type)},
            extensions={"timeout": httpx_timeout(backend.timeouts).as_dict()},
        )
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise _nonsense(error) from error


def _url(backend: Backend, path: str, query: Mapping[str, str] | None) -> httpx.URL:
    url = _parsed(backend.base_url.rstrip("/") + path)
    asked = {**backend.query, **(query or {})}
    return url.copy_merge_params(asked) if asked else url


@lru_cache(maxsize=64)
def _parsed(url: str) -> httpx.URL:
    """To take an address apart takes as long as everything else of a request."""
    return httpx.URL(url)


def _encoded(body: Body) -> bytes:
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def _headers(backend: Backend, reply_key: str) -> httpx.Headers:
    headers = httpx.Headers({"Accept": "text/event-stream", "Accept-Encoding": "identity"})
    headers["Content-Type"] = "application/json"
    headers["User-Agent"] = f"python-httpx/{httpx.__version__}"  # some gateways turn away who has none
    if key := backend.key.strip():
        headers["Authorization"] = f"Bearer {key}"
    if reply_key:
        headers["Idempotency-Key"] = reply_key
    headers.update(_attribution(backend))
    headers.update(dict(backend.headers))
    return headers


def _attribution(backend: Backend) -> dict[str, str]:
    host = _parsed(backend.base_url).host
    if host != "openrouter.ai" and not host.endswith(".openrouter.ai"):
        return {}
    named = {"HTTP-Referer": backend.attribution.site_url, "X-OpenRouter-Title": backend.attribution.site_name}
    return {name: value for name, value in named.items() if value and _is_carried(value)}


def _is_carried(value: str) -> bool:
    """By a header: it takes no umlaut, and no other script."""
    return value.isascii() and value.isprintable()


def _nonsense(error: Exception) -> Trouble:
    return Trouble(FailureKind.CONFIG, f"This back end's settings make no request: {error}")
