"""Who writes replies: claims what waits, keeps its leases, hands them back. One per process and event loop."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import time
from collections.abc import Coroutine, Sequence
from typing import Any

import structlog
from django.conf import settings

from chat import events, metrics
from chat.database import in_database
from chat.hub import current_hub
from chat.replies import alive, ledger
from chat.replies.checkpoints import Checkpoints
from chat.replies.claiming import Claiming
from chat.replies.leases import Held, LeaseKeeper
from chat.replies.ledger import Lease
from chat.replies.owner import new_owner
from chat.replies.preparing import Preparation
from chat.replies.pulse import Pulses
from chat.replies.titling import title_chat
from chat.replies.writing import Writing

log = structlog.get_logger(__name__)

CAPACITY = 200  # replies written at once by one process
SWEEP_SECONDS = 2.0
BEAT_SECONDS = 1.0
# Replies that begin or end at the same moment: each needs a thread for some milliseconds, and a loop that has to get
# its turn between many threads is late for everybody who reads.
TURNS = 4
ENDING_SECONDS = 3.0  # of a process that ends: what takes longer is handed back all the same


class ReplyWorker:
    def __init__(self) -> None:
        self.owner = new_owner()
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._pulses = Pulses()
        self._checkpoints = Checkpoints()
        self._turns = asyncio.Semaphore(TURNS)
        self._writings: dict[int, Writing] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_draining = False
        self._claiming = Claiming()
        self._may_hold_more = False  # a claim was not answered
        self._keeper = LeaseKeeper(self.owner, lambda: list(self._writings), self._note_held)

    @property
    def busy(self) -> int:
        return len(self._writings)

    def start(self) -> None:
        current_hub().on("stop", lambda event: self.stop(event["reply"], event["attempt"]))
        self._spawn(self._sweep())
        self._spawn(self._watch_leases())
        self._keeper.start()
        self._spawn(self._checkpoints.keep_saving())
        if settings.REDIS_URL:  # else nobody could hear it
            self._spawn(alive.keep_telling())

    def wake(self) -> None:
        """There is something to claim. The thread that has just asked does so, and prepares the one reply that it has
        claimed: to have the loop send another one takes as long again."""
        if events.running_loop() is not None or not self._claim(is_patient=False):
            self._loop.call_soon_threadsafe(self._wake.set)

    def stop(self, reply_id: int, attempt: int | None) -> None:
        """Somebody in the room has read enough."""
        writing = self._writings.get(reply_id)
        if writing and attempt in (None, writing.lease.attempt):
            writing.stop()

    async def drain(self) -> None:
        """Claim nothing more, and give back what is being written: somebody else goes on with it at once."""
        self._is_draining = True
        async with self._claiming.paused():
            writings = list(self._writings.values())
        for writing in writings:
            writing.abandon()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ENDING_SECONDS):
                await asyncio.gather(*(writing.ended.wait() for writing in writings))
        await in_database(ledger.hand_back, self.owner)
        self._keeper.end()
        for task in list(self._tasks):
            task.cancel()

    async def end(self) -> None:
        """Drain, and wait for everything to be over."""
        await self.drain()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._keeper.join)

    async def _sweep(self) -> None:
        freed_at = -SWEEP_SECONDS
        while not self._is_draining:
            await self._guarded(in_database(self._claim, is_patient=True))
            if time.monotonic() - freed_at >= SWEEP_SECONDS:  # nobody who has asked waits for that
                freed_at = time.monotonic()
                await self._guarded(self._free_the_dead())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._wake.wait()
            self._wake.clear()

    async def _free_the_dead(self) -> None:
        if self._may_hold_more:
            await self._hand_back_the_rest()
        alive = frozenset(worker.owner for worker in _workers.values())
        if freed := await in_database(ledger.free_leases_of_the_dead, alive):
            log.info("leases_freed", count=freed)
            self._wake.set()

    async def _hand_back_the_rest(self) -> None:
        """What was claimed by a commit that was not answered: nobody would write it until its lease runs out."""
        async with self._claiming.paused():
            await in_database(ledger.hand_back, self.owner, but=list(self._writings))
            self._may_hold_more = False
            self._wake.set()

    def _claim(self, *, is_patient: bool) -> bool:
        """False if it went wrong, or if another thread is at it, which may have looked too early. Blocks."""
        if not self._claiming.begin(is_patient=is_patient):
            return False
        preparation = None
        try:
            free = CAPACITY - self.busy
            if free > 0 and not self._is_draining and (leases := ledger.claim(self.owner, free, self._doubt)):
                preparation = None if is_patient else _of_the_only(leases)
                self._loop.call_soon_threadsafe(self._take_up, leases, preparation, context=contextvars.Context())
        except Exception as error:  # noqa: BLE001 - what was asked is asked, whoever answers it
            log.warning("worker_failed", error=repr(error))
            self._doubt()
            return False
        finally:
            self._claiming.end()
        if preparation is not None:
            preparation.carry_out()
        return True

    def _doubt(self) -> None:
        self._may_hold_more = True

    def _take_up(self, leases: Sequence[Lease], preparation: Preparation | None) -> None:
        for lease in leases:
            metrics.LEASE_TAKEOVERS.add(lease.is_takeover)
            if lease.is_takeover:
                log.info("reply_taken_over", reply=lease.reply_id, attempt=lease.attempt)
            writing = Writing(lease, self._pulses.of(lease.room_id), self._checkpoints, self._turns, preparation)
            if lease.reply_id in self._writings:
                self._writings[lease.reply_id].abandon()  # our own stale rival: its lease had run out
            self._writings[lease.reply_id] = writing
            self._spawn(self._write(writing))

    async def _write(self, writing: Writing) -> None:
        try:
            await writing.run()
        finally:
            if self._writings.get(writing.lease.reply_id) is writing:
                del self._writings[writing.lease.reply_id]
            if writing.is_given_up and not self._is_draining:
                await self._guarded(in_database(ledger.let_go, writing.lease))
            self._wake.set()
        if settings.CHAT_TITLES == "assistant" and not self._is_draining:
            self._spawn(self._guarded(title_chat(writing.lease.room_id)))

    async def _watch_leases(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self._keeper.loop_turned()
            for writing in list(self._writings.values()):
                if self._keeper.is_too_late(writing.claimed_at):
                    writing.abandon()

    def _note_held(self, asked_at: float, held: Held) -> None:
        for reply_id, (attempt, is_stop_wanted) in held.items():
            writing = self._writings.get(reply_id)
            if writing is None:
                continue
            if attempt != writing.lease.attempt:
                if writing.claimed_at < asked_at:
                    writing.lost()
            elif is_stop_wanted:
                writing.stop()  # the announcement was lost: the row is the safety net

    async def _guarded(self, work: Coroutine[Any, Any, object]) -> None:
        """Whatever goes wrong once, as a database that is away for a moment, must not end the worker."""
        try:
            await work
        except Exception as error:  # noqa: BLE001
            log.warning("worker_failed", error=repr(error))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        # A fresh context: the one of a request's thread ends before this task does.
        task = self._loop.create_task(work, context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _of_the_only(leases: Sequence[Lease]) -> Preparation | None:
    """Many take turns: each needs a thread for some milliseconds, and whoever has asked has others to serve."""
    return Preparation(leases[0]) if len(leases) == 1 and leases[0].is_to_be_asked else None


_workers: dict[asyncio.AbstractEventLoop, ReplyWorker] = {}


def ensure_worker(*, always: bool = False) -> ReplyWorker | None:
    """The worker of the running loop; None where replies are written by processes of their own."""
    if not (always or settings.REPLIES_IN_WEB):
        return None
    loop = asyncio.get_running_loop()
    for stale in [known for known in _workers if known.is_closed()]:
        del _workers[stale]
    if loop not in _workers:
        _workers[loop] = ReplyWorker()
        _workers[loop].start()
    return _workers[loop]


def current_worker() -> ReplyWorker | None:
    """Of the running loop, if it has one."""
    return _workers.get(asyncio.get_running_loop())


async def drain_workers() -> None:
    """The end of this process, in order."""
    await asyncio.gather(*(worker.drain() for loop, worker in list(_workers.items()) if loop.is_running()))


async def stop_workers() -> None:
    """Of the running loop: its worker, if it has one."""
    if worker := _workers.pop(asyncio.get_running_loop(), None):
        await worker.end()


def wake() -> None:
    """There is something to write. Called from any thread, after commit."""
    events.say_kept()  # a claim may wait for other writers, and the question has been asked
    for loop, worker in list(_workers.items()):
        if loop.is_running():
            worker.wake()
