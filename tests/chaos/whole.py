"""A whole site: nginx as it is deployed, and the processes behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from tests.servers.nginx import Nginx
from tests.site import Site


@dataclass(frozen=True, slots=True)
class Whole:
    nginx: Nginx
    webs: tuple[Site, ...]
    writer: Site
    tokens: dict[str, str]

    def start(self) -> Self:
        for web in self.webs:
            web.start()
        self.writer.start_command("runreplies")
        self.nginx.configure([web.port for web in self.webs], self.webs[0].directory / "media")
        self.nginx.start()
        return self

    @property
    def units(self) -> dict[str, Site]:
        """As the operator's supervisor names them (docs/operations.md)."""
        return {f"chat-web@{web.port}": web for web in self.webs} | {"chat-replies@1": self.writer}

    def client(self, name: str = "", *, address: str = "127.0.0.1") -> httpx.AsyncClient:
        """Somebody at this address of the loopback network, with their token if they are named."""
        headers = {"Authorization": f"Bearer {self.tokens[name]}"} if name else {}
        transport = httpx.AsyncHTTPTransport(local_address=address)
        return httpx.AsyncClient(base_url=self.nginx.url, headers=headers, transport=transport, timeout=60)


async def read_until(pieces: AsyncIterator[str], found: Callable[[str], Any]) -> str:
    """What came until this was in it."""
    text = ""
    async for piece in pieces:
        text += piece
        if found(text):
            return text
    raise AssertionError(f"the stream ended with: {text[-2000:]}")


def connections_to(site: Site) -> int:
    """Established connections that end at this process's port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{site.port:04X}") and row[3] == "01" for row in rows)
