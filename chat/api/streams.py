"""Calls that Django does not answer, because they stay open (``chat/routing.py``), as the description has them."""

from __future__ import annotations

from typing import Any

from ninja import Schema

from chat.api.errors import READ_REFUSALS, WRITE_REFUSALS, ErrorOut
from chat.api.schemas import ChatIn, ChatOut, FailedChatOut
from chat.services.exporting import FORMATS

REFERENCE = "#/components/schemas/{model}"
SECURITY: list[dict[str, list[str]]] = [{"BearerToken": []}, {"Session": []}]
FAILURES = (404, 409, 429, 502, 503, 504)  # of a reply: what is in the room is told with them
STREAM = (
    "Events: `message` `{content, sequence}` (with `anew`: in place of what came before), then `complete` "
    "`{status, message, usage}` or `error` `{code, detail, retryable}`. Closing the connection does not stop the reply."
)


def describe(document: dict[str, Any]) -> dict[str, Any]:
    """The description of the API with these calls in it."""
    document["paths"].update(
        {
            "/api/chat": {"post": _call("ask", "Ask, and wait for the reply", _ref(ChatOut), FAILURES)},
            "/api/chat/stream": {"post": _call("ask_stream", "Ask, and read the reply as it is written", None)},
            "/api/rooms/{slug}/export": {"get": _export()},
        }
    )
    for schema in (ChatIn, ChatOut, FailedChatOut, ErrorOut):
        described = schema.model_json_schema(ref_template=REFERENCE)
        document["components"]["schemas"].update(described.pop("$defs", {}))
        document["components"]["schemas"][schema.__name__] = described
    return document


def _call(name: str, summary: str, answer: dict[str, Any] | None, failures: tuple[int, ...] = (503,)) -> dict[str, Any]:
    refusals = _refusals(WRITE_REFUSALS | {405, 500})
    failed = {str(status): _json("The reply failed", _ref(FailedChatOut)) for status in failures}
    events = {"description": STREAM, "content": {"text/event-stream": {"schema": {"type": "string"}}}}
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["chat"],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _ref(ChatIn)}}},
        "responses": {"200": _json("The reply", answer) if answer else events, **refusals, **failed},
        "security": SECURITY,
    }


def _export() -> dict[str, Any]:
    parameters = [
        {"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}},
        _query("format", "As which kind of file.", {"type": "string", "enum": list(FORMATS), "default": "markdown"}),
        _query("after", "Messages after this sequence, or from this day or moment on.", {"type": "string"}),
        _query("before", "Messages before this sequence, day or moment.", {"type": "string"}),
        _query("reasoning", "1: with what assistants thought aloud.", {"type": "string", "enum": ["0", "1"]}),
    ]
    kinds = {"text/markdown": "string", "application/json": "object", "text/html": "string"}
    file = {"description": "The file", "content": {kind: {"schema": {"type": told}} for kind, told in kinds.items()}}
    return {
        "operationId": "export_room",
        "summary": "The conversation as a file",
        "tags": ["rooms"],
        "parameters": parameters,
        "responses": {"200": file, **_refusals(READ_REFUSALS | {405, 500})},
        "security": SECURITY,
    }


def _query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _refusals(statuses: frozenset[int] | set[int]) -> dict[str, Any]:
    return {str(status): _json("Refused", _ref(ErrorOut)) for status in sorted(statuses)}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _ref(schema: type[Schema]) -> dict[str, Any]:
    return {"$ref": REFERENCE.format(model=schema.__name__)}
