"""What replies gained, rendered on threads: what waits at the same moment, of however many rooms, in one visit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

log = structlog.get_logger(__name__)

Growths = list[Mapping[str, Any]]
Work = Callable[[], Growths]

VISITS = 2  # at a time: a text that is slow to render holds up those that came with it, and not everybody


class Rendering:
    """A visit to a thread costs as much as rendering a sentence, so under load many share one, and what is ``light``
    is rendered where it is.

    ``keep`` is given all that was rendered in a visit, before anybody has it. It blocks.
    """

    def __init__(self, keep: Callable[[Growths], None] | None = None) -> None:
        self._keep = keep
        self._waiting: list[tuple[Work, asyncio.Future[Growths]]] = []
        self._open_visits = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def rendered(self, work: Work, *, is_light: bool = False) -> Growths:
        """:raises Exception: whatever the work raises."""
        if is_light and self._keep is None:
            return work()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Growths] = loop.create_future()
        self._waiting.append((work, future))
        if self._open_visits < VISITS:
            self._open_visits += 1
            task = loop.create_task(self._visit())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await future

    async def _visit(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                results = await self._results([work for work, _ in waiting])
                for (_, future), result in zip(waiting, results, strict=True):
                    _settle(future, result)
        finally:
            self._open_visits -= 1  # a done callback would come later than whoever asks at once for more

    async def _results(self, works: list[Work]) -> Sequence[Growths | Exception]:
        try:
            return await asyncio.to_thread(self._all, works)
        except Exception as error:  # noqa: BLE001 - no thread can be had: whoever waits would else wait for ever
            return [error] * len(works)

    def _all(self, works: list[Work]) -> list[Growths | Exception]:
        results = [_one(work) for work in works]
        try:
            if self._keep:
                self._keep([growth for result in results if not isinstance(result, Exception) for growth in result])
        except Exception as error:  # noqa: BLE001 - whoever is here hears it all the same
            log.warning("frames_not_kept", error=repr(error))
        return results


def _one(work: Work) -> Growths | Exception:
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - for whom it concerns; the others have theirs
        return error


def _settle(future: asyncio.Future[Growths], result: Growths | Exception) -> None:
    if future.done():  # who waited is gone
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
