"""A database that goes away while replies are written, and what has become of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.db import OperationalError

from chat.models import Attempt
from chat.replies import worker
from tests.realtime.tabs import Tab, ask


def failing(real: Callable[..., Any], times: int, *, is_done: bool = False) -> Callable[..., Any]:
    """As the database does that goes away: so often, before or after it did what it was asked to."""
    failures = iter(range(times))

    def fail(*given: Any) -> Any:
        if next(failures, None) is None:
            return real(*given)
        if is_done:
            real(*given)
        raise OperationalError("the database is away")

    return fail


async def begun(tab: Tab) -> int:
    """A reply of which something has been told."""
    reply = await ask(tab)
    await tab.until("token")
    return reply


def busy() -> int:
    writer = worker.current_worker()
    assert writer is not None
    return writer.busy


async def look_for_work() -> None:
    await sync_to_async(worker.wake, thread_sensitive=False)()


async def rows_of(reply: int) -> list[tuple[int, str, str]]:
    found = Attempt.objects.filter(reply__message=reply).order_by("number")
    return [row async for row in found.values_list("number", "status", "text")]
