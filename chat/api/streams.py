"""Calls that Django does not answer, because they stay open (``chat/routing.py``), as the description has them."""

from __future__ import annotations

from typing import Any

from ninja import Schema

from chat.api.errors import WRITE_REFUSALS, ErrorOut
from chat.api.schemas import ChatIn, ChatOut, FailedChatOut

REFERENCE = "#/components/schemas/{model}"
FAILURES = (502, 503, 504)
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
        }
    )
    for schema in (ChatIn, ChatOut, FailedChatOut, ErrorOut):
        described = schema.model_json_schema(ref_template=REFERENCE)
        document["components"]["schemas"].update(described.pop("$defs", {}))
        document["components"]["schemas"][schema.__name__] = described
    return document


def _call(name: str, summary: str, answer: dict[str, Any] | None, failures: tuple[int, ...] = (503,)) -> dict[str, Any]:
    refusals = {str(status): _json("Refused", _ref(ErrorOut)) for status in sorted(WRITE_REFUSALS | {405, 500})}
    failed = {str(status): _json("The reply failed", _ref(FailedChatOut)) for status in failures}
    events = {"description": STREAM, "content": {"text/event-stream": {"schema": {"type": "string"}}}}
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["chat"],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _ref(ChatIn)}}},
        "responses": {"200": _json("The reply", answer) if answer else events, **refusals, **failed},
        "security": [{"BearerToken": []}, {"Session": []}],
    }


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _ref(schema: type[Schema]) -> dict[str, Any]:
    return {"$ref": REFERENCE.format(model=schema.__name__)}
