"""Server-sent events, as WHATWG's HTML standard has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chat.consumers.http import HttpConsumer

KEEP_ALIVE_SECONDS = 15.0
KEEP_ALIVE = b": keep-alive\n\n"


class EventStreamConsumer(HttpConsumer):
    async def begin_stream(self) -> None:
        """With a first comment: headers alone are not sent on."""
        await self.begin(200, {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"})
        await self.send_body(KEEP_ALIVE, more_body=True)

    async def keep_alive(self) -> None:
        await self.send_body(KEEP_ALIVE, more_body=True)

    async def event(self, name: str, content: Mapping[str, Any]) -> None:
        await self.send_body(f"event: {name}\ndata: {dumps(content)}\n\n".encode(), more_body=True)


def dumps(content: Mapping[str, Any]) -> str:
    """Without a line break of its own: JSON escapes them."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
