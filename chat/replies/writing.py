"""One attempt from its first moment to its last: provider, frames, checkpoints, end."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing, suppress

import structlog

from chat import events, metrics
from chat.database import AWAY, FAILED, in_database
from chat.models import Message
from chat.replies import ledger
from chat.replies.asking import Asking
from chat.replies.briefing import QuestionGone
from chat.replies.checkpoints import Checkpoints, Progress
from chat.replies.draft import Draft
from chat.replies.ledger import Lease, LeaseLost
from chat.replies.naming import Names
from chat.replies.outcomes import CRASHED, Outcome
from chat.replies.paying import refusal
from chat.replies.preparing import Preparation, Prepared, prepare
from chat.replies.pulse import RoomPulse
from chat.replies.start import Start
from chat.usage import AssistantsOff, OverLimit

log = structlog.get_logger(__name__)

FINISH_TRIES = 4


class Writing:
    """The attempt a lease stands for. ``stop`` ends it well, ``abandon`` leaves it to whoever holds the lease next."""

    def __init__(
        self,
        lease: Lease,
        pulse: RoomPulse,
        checkpoints: Checkpoints,
        turns: asyncio.Semaphore,
        preparation: Preparation | None = None,
    ) -> None:
        """``turns`` of those who need a thread; ``preparation`` is what one is at already."""
        self.lease = lease
        self._preparation = preparation
        self._checkpoints = checkpoints
        self._turns = turns
        self.claimed_at = time.monotonic()
        self.ended = asyncio.Event()
        self._pulse = pulse
        self._stream: asyncio.Task[None] | None = None
        self._draft: Draft | None = None
        self._names = Names(lease.room_id)
        self._is_stopped = False
        self._is_abandoned = False
        self._is_lost = False

    def stop(self) -> None:
        self._is_stopped = True
        self._cancel()

    def abandon(self) -> None:
        self._is_abandoned = True
        self._cancel()

    def lost(self) -> None:
        """Nobody may hear more of this attempt."""
        self._is_lost = True
        self.abandon()

    @property
    def is_given_up(self) -> bool:
        """Too late, and nobody else has it yet."""
        return self._is_abandoned and not self._is_lost

    @property
    def stands_at(self) -> tuple[int, int]:
        return (self._draft.sequence, self._draft.thoughts.sequence) if self._draft else (0, 0)

    def progress(self) -> Progress:
        assert self._draft is not None
        return self._draft.progress()

    async def run(self) -> None:
        try:
            await self._run()
        except LeaseLost:
            log.info("lease_lost", reply=self.lease.reply_id, attempt=self.lease.attempt)
        except AWAY as error:
            log.warning("reply_not_stored", reply=self.lease.reply_id, error=repr(error))  # the lease runs out: retried
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody is left waiting for a lease to run out
            await self._crash(error)
        finally:
            self.ended.set()

    async def _run(self) -> None:
        if self.lease.is_exhausted:
            await self._finish(Outcome(status=Message.Status.INTERRUPTED, reason="interrupted"))
            return
        if self.lease.is_stop_wanted:
            await self._finish(Outcome(status=Message.Status.STOPPED, reason="stopped"))
            return
        asking = Asking(self.lease, self._pulse.rest)
        try:
            briefing = await asking.begin(self._prepared())
        except ValueError as error:  # an assistant whose row names a provider that does not exist: no retry helps
            await self._finish(_failed("config", repr(error)))
            return
        except (OverLimit, AssistantsOff) as refused:
            await self._finish(refusal(refused))
            return
        except QuestionGone:
            await self._finish(Outcome(status=Message.Status.STOPPED, reason="stopped"))
            return
        self._draft = Draft(self.lease, self._names, briefing.request.model)
        outcome = asking.completed(await self._write(asking, self._draft))
        if self._is_lost:
            await self._conclude_lost(outcome)
        elif not self._is_abandoned:
            await self._finish(outcome)

    async def _prepared(self) -> Prepared:
        if self._preparation is not None and (found := await self._preparation) is not None:
            return found
        async with self._turns:
            return await in_database(prepare, self.lease)

    async def _write(self, asking: Asking, draft: Draft) -> Outcome:
        start = Start(self._begin_to_tell)
        self._stream = asyncio.create_task(self._consume(asking, draft, start))
        if self._is_stopped or self._is_abandoned:
            self._stream.cancel()
        try:
            if self.lease.begun:
                start.now()
                await self._names.known()
                self._pulse.grew(self.lease.reply_id, draft)
            with self._checkpoints.of(self.lease, self):
                await asyncio.wait({self._stream})
            if not self._is_abandoned:
                start.now()
        finally:
            await _end(self._stream)
            start.drop()
            await self._names.drop()
        if draft.end_text():
            self._pulse.grew(self.lease.reply_id, draft)
        await self._pulse.flush(draft)
        if not self._stream.cancelled() and (error := self._stream.exception()):
            raise error
        async with self._turns:
            return await asyncio.to_thread(lambda: draft.outcome(stopped=self._is_stopped))

    async def _consume(self, asking: Asking, draft: Draft, start: Start) -> None:
        async with aclosing(asking.events()) as stream:
            async for event in stream:
                start.now()
                await self._names.known()
                if draft.take(event):
                    self._pulse.grew(self.lease.reply_id, draft)

    async def _crash(self, error: Exception) -> None:
        """An error of our own ends the attempt at once, with what was written."""
        log.error("reply_crashed", reply=self.lease.reply_id, exc_info=error)
        try:
            await self._finish(await asyncio.to_thread(self._crashed, repr(error)))
        except Exception:
            log.exception("reply_not_ended", reply=self.lease.reply_id)

    def _crashed(self, detail: str) -> Outcome:
        if self._draft is not None:
            with suppress(Exception):  # it may be the draft that broke: then what was saved of it stays
                return self._draft.failure(CRASHED, detail)
        return _failed(CRASHED, detail)

    async def _finish(self, outcome: Outcome) -> None:
        """A database that is away for a moment must not cost the whole reply."""
        for wait in range(FINISH_TRIES):
            try:
                async with self._turns:
                    await in_database(ledger.finish, self.lease, outcome)
            except LeaseLost:
                await self._conclude_lost(outcome)
                raise
            except FAILED:
                if wait == FINISH_TRIES - 1:
                    raise
                await asyncio.sleep(0.5 * 2**wait)
            else:
                self._note_end(outcome)
                return

    async def _conclude_lost(self, outcome: Outcome) -> None:
        async with self._turns:
            await in_database(ledger.conclude_lost, self.lease, outcome)

    def _note_end(self, outcome: Outcome) -> None:
        metrics.REPLIES_ENDED.add("refused" if outcome.is_refused else str(outcome.status))
        metrics.TOKENS.add("prompt", outcome.prompt_tokens or 0)
        metrics.TOKENS.add("completion", outcome.completion_tokens or 0)
        log.info(
            "reply_ended",
            reply=self.lease.reply_id,
            attempt=self.lease.attempt,
            room=self.lease.room_id,
            status=str(outcome.status),
            reason=outcome.reason,
            error=outcome.error_kind,
            model=outcome.model,
            tokens=outcome.completion_tokens,
            ms=round((time.monotonic() - self.claimed_at) * 1000),
        )

    def _begin_to_tell(self) -> None:
        """The room that it begins. Whom it may name is looked up then, too: the model thinks, and there is time."""
        message = Message(pk=self.lease.message_id, room_id=self.lease.room_id, revision=self.lease.revision)
        events.reply_started(
            message, attempt=self.lease.attempt, assistant=self.lease.assistant, prompt=self.lease.prompt_id
        )
        self._names.ask()

    def _cancel(self) -> None:
        if self._stream is not None:
            self._stream.cancel()


def _failed(kind: str, detail: str) -> Outcome:
    is_retryable = kind == CRASHED
    return Outcome(
        status=Message.Status.FAILED, reason="error", error_kind=kind, error_detail=detail, is_retryable=is_retryable
    )


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
