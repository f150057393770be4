"""The readable page and the machine's: whole without anybody else's server, and within our content policy."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from ninja.openapi.schema import OpenAPISchema, get_schema

from chat.exceptions import NotFound
from chat.providers import FailureKind
from chat.replies.endings import status_of
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
    assert {path: set(calls) for path, calls in described().items()} == OPERATIONS


def described() -> Any:
    return Client().get("/api/openapi.json").json()["paths"]


def test_bounds_are_described_in_words_of_json_schema(db: None):
    before, after, since, limit = (
        told["schema"] for told in described()["/api/rooms/{slug}/messages"]["get"]["parameters"][1:]
    )

    assert before["anyOf"] == after["anyOf"] == since["anyOf"]
    assert since["anyOf"] == [{"type": "integer", "minimum": 0, "maximum": 2**63 - 1}, {"type": "null"}]
    assert (limit["minimum"], limit["maximum"]) == (1, 500)


def test_a_form_may_bring_files_without_a_text(db: None):
    kinds = described()["/api/rooms/{slug}/messages"]["post"]["requestBody"]["content"]

    assert kinds["application/json"]["schema"]["required"] == ["text"]
    assert "required" not in kinds["multipart/form-data"]["schema"]


def test_an_export_in_json_is_described_as_an_object(db: None):
    kinds = described()["/api/rooms/{slug}/export"]["get"]["responses"]["200"]["content"]

    assert {kind: told["schema"]["type"] for kind, told in kinds.items()} == {
        "application/json": "object",
        "text/html": "string",
        "text/markdown": "string",
    }


def test_whatever_a_reply_fails_with_is_described_with_the_reply(db: None):
    answers = described()["/api/chat"]["post"]["responses"]
    of_replies = {status for status, told in answers.items() if "FailedChatOut" in str(told["content"])}

    assert of_replies == {str(status) for status in (NotFound.status, *map(status_of, FailureKind))}


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
