"""What is asked, paid for: by the thread that claimed the reply, or by one that the loop sends."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Generator
from concurrent.futures import Future
from typing import NamedTuple

from chat import usage
from chat.replies.briefing import Briefing, brief
from chat.replies.ledger import Lease
from chat.replies.paying import pay
from chat.replies.shelf import FilesToRead


class Prepared(NamedTuple):
    briefing: Briefing
    permit: usage.Permit


def prepare(lease: Lease, *, is_hurried: bool = False) -> Prepared:
    """Blocks.

    :raises ValueError: the assistant's row names no provider that exists.
    :raises OverLimit: :raises AssistantsOff: :raises QuestionGone: :raises FilesToRead: who is hurried reads none.
    """
    briefing = brief(lease, is_hurried=is_hurried)
    return Prepared(briefing, pay(lease, briefing))


class Preparation:
    """Awaited on the loop for what :func:`prepare` returns or raises, while a thread is at it.

    None where files have to be read: the thread is that of whoever has asked, and their room waits for it.
    """

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._found: Future[Prepared | None] = Future()

    def carry_out(self) -> None:
        """Blocks, and raises nothing. In a context of its own, as whatever the loop sends."""
        if self._found.set_running_or_notify_cancel():
            contextvars.Context().run(self._prepare)

    def _prepare(self) -> None:
        try:
            self._found.set_result(prepare(self._lease, is_hurried=True))
        except FilesToRead:
            self._found.set_result(None)
        except BaseException as error:  # noqa: BLE001 - theirs who wait: they would else wait for ever
            self._found.set_exception(error)

    def __await__(self) -> Generator[None, None, Prepared | None]:
        return asyncio.wrap_future(self._found).__await__()
