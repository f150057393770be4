"""The readable page and the machine's: whole without anybody else's server, and within our content policy."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from ninja.openapi.schema import OpenAPISchema, get_schema

from tests.test_architecture import inline_in

OPERATIONS = {
    "/api/rooms": {"get", "post"},
    "/api/rooms/{slug}": {"get"},
    "/api/rooms/{slug}/join": {"post"},
    "/api/rooms/{slug}/leave": {"post"},
    "/api/rooms/{slug}/messages": {"get", "post"},
    "/api/messages/{id}": {"get", "patch", "delete"},
    "/api/messages/{id}/stop": {"post"},
    "/api/messages/{id}/retry": {"post"},
    "/api/messages/{id}/continue": {"post"},
    "/api/messages/{id}/again": {"post"},
    "/api/messages/{id}/attempts": {"get"},
    "/api/assistants": {"get"},
    "/api/rooms/{slug}/export": {"get"},
    "/api/chat": {"post"},
    "/api/chat/stream": {"post"},
}


def test_the_description_has_every_call(db: None):
    described = Client().get("/api/openapi.json").json()

    assert {path: set(calls) for path, calls in described["paths"].items()} == OPERATIONS


def test_it_is_put_together_once_at_most(db: None, monkeypatch: pytest.MonkeyPatch):
    """It takes a tenth of a second, and whoever likes may ask for it."""
    made: list[OpenAPISchema] = []

    def put_together(**given: Any) -> OpenAPISchema:
        made.append(get_schema(**given))
        return made[-1]

    monkeypatch.setattr("ninja.main.get_schema", put_together)

    found = {Client().get("/api/openapi.json").content for _ in range(3)}

    assert len(found) == 1
    assert len(made) <= 1


def test_the_page_is_made_of_our_own_files_only(db: None):
    page = Client().get("/api/docs").content.decode()
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)

    assert len(addresses) >= 4
    assert [address for address in addresses if not address.startswith("/static/")] == []
    assert [address for address in addresses if not finders.find(address.removeprefix("/static/"))] == []


def test_the_page_needs_no_exception_from_the_policy(db: None):
    response = Client().get("/api/docs")

    assert inline_in(response.content.decode()) == []
    assert "script-src" not in response["Content-Security-Policy"]
    assert "default-src 'self'" in response["Content-Security-Policy"]
