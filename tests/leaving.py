"""Our server in this process, people who come and go by sockets, and a collector that never comes: what is left?

Run by itself (`python -m tests.leaving`), because Daphne's reactor is one for each process, and runs once.
"""

from __future__ import annotations

import gc
import os
import socket
import threading
import time
from contextlib import ExitStack
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

PEOPLE = 20
SECONDS = 30.0
HELLO = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def tell_once(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Says something by the server's own way, as the hub does, and waits for the end."""
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    scope["extensions"]["chat.writer"].write(("hello",))
    assert (await receive())["type"] == "websocket.disconnect"


async def nothing() -> None:
    """What else the server awaits while it ends."""


def start() -> None:
    """What else would be started beside it."""


def come_and_go(port: int) -> None:
    with ExitStack() as sockets:
        for _ in range(PEOPLE):
            one = sockets.enter_context(socket.create_connection(("127.0.0.1", port), timeout=SECONDS))
            one.sendall(HELLO)
            told = b""
            while not told.endswith(b"hello"):
                told += one.recv(4096)


def left() -> dict[str, int]:
    kinds = ("ChatProtocol", "HTTPChannel", "BoundedRequest", "Server")
    found = [
        type(each).__name__ for each in gc.get_objects() if type(each).__module__.startswith(("chatsite", "twisted"))
    ]
    return {kind: found.count(kind) for kind in kinds if found.count(kind)}


def main() -> None:
    import django

    django.setup()
    from chatsite.server import ChatServer

    def watch(server: ChatServer) -> None:
        come_and_go(server.ports[0].getHost().port)
        until = time.monotonic() + SECONDS
        while left() and time.monotonic() < until:
            time.sleep(0.05)
        os.write(1, f"left: {left()}\n".encode())
        os._exit(0)

    def ready() -> None:
        gc.disable()
        threading.Thread(target=watch, args=(server,), daemon=True).start()

    server = ChatServer(
        tell_once, host="127.0.0.1", port=0, start=start, ready=ready, drain=nothing, last_words=nothing
    )
    server.run()


if __name__ == "__main__":
    main()
