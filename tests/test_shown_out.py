"""Who is shown out by the application is read from on, that they hear of it: but not for as long as they like."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.testing import StringTransport

from chatsite.inbox import Inbox
from chatsite.protocol import FRAME_BYTES, UNHEARD_LIMIT_BYTES, ChatProtocol


@pytest.fixture
def socket(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Open, and then closed by the application."""
    monkeypatch.setattr(ChatProtocol, "sendCloseFrame", lambda *_, **__: None)
    socket: Any = ChatProtocol()
    socket.state, socket.application_queue, socket.transport = socket.STATE_OPEN, Inbox(), StringTransport()
    socket.handle_reply({"type": "websocket.close", "code": 4429})
    return socket


@pytest.mark.parametrize("size", [0, 1000])
def test_who_goes_on_is_cut_off(socket: Any, size: int):
    heard = 0
    while not socket.transport.disconnected and heard <= UNHEARD_LIMIT_BYTES:
        socket.onMessage(bytes(size), False)
        heard += size + FRAME_BYTES  # they cost something without a word, too

    assert socket.transport.disconnected
    assert heard > UNHEARD_LIMIT_BYTES
