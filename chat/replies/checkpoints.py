"""What replies have become so far, once a second: all that this process writes, in one transaction.

So a page without a socket shows it, and a crash keeps it. Every row holds the fence of its own lease.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, transaction

from chat.database import AWAY, FAILED, in_database
from chat.models import Attempt, Message, Reply
from chat.models.replies import lease_end
from chat.prepared import Given, PreparedChange, columns_given
from chat.replies.ledger import Lease, LeaseLost
from chat.replykeys import KEPT_SECONDS, checkpoint_key

log = structlog.get_logger(__name__)

CHECKPOINT_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """``sequence`` and ``thought`` are the frames that text and reasoning stand at."""

    text: str
    html: str
    sequence: int
    model: str
    first_token_at: datetime | None
    reasoning: str = ""
    thought: int = 0
    first_reasoning_at: datetime | None = None


class Written(Protocol):
    """A reply on its way."""

    @property
    def stands_at(self) -> tuple[int, int]:
        """The frames of text and thoughts."""

    def progress(self) -> Progress:
        """Renders: not on the event loop."""

    def lost(self) -> None:
        """Its lease belongs to somebody else."""


class Checkpoints:
    """Of one process."""

    def __init__(self) -> None:
        self._written: dict[Lease, Written] = {}
        self._saved: dict[Lease, tuple[int, int]] = {}

    @contextmanager
    def of(self, lease: Lease, written: Written) -> Iterator[None]:
        """Within this it is saved from time to time."""
        self._written[lease], self._saved[lease] = written, (0, 0)
        try:
            yield
        finally:
            del self._written[lease], self._saved[lease]

    async def keep_saving(self) -> None:
        while True:
            await asyncio.sleep(CHECKPOINT_SECONDS)
            grown = {lease: it for lease, it in self._written.items() if it.stands_at != self._saved[lease]}
            if grown:
                try:
                    await self._save(grown)
                except (*AWAY, OSError) as error:  # the database is away for a moment
                    log.warning("checkpoint_failed", error=repr(error))
                except Exception:
                    log.exception("checkpoint_failed")

    async def _save(self, grown: Mapping[Lease, Written]) -> None:
        saved, lost = await in_database(_save_all, grown)
        for lease, stands_at in saved.items():
            if lease in self._saved:
                self._saved[lease] = stands_at
        for lease in lost:
            grown[lease].lost()


def checkpoint(lease: Lease, progress: Progress) -> None:
    """Of one reply.

    :raises LeaseLost: and nothing was written.
    """
    if store({lease: progress}):
        raise LeaseLost


def store(found: Mapping[Lease, Progress]) -> list[Lease]:
    """Those that were lost; nothing was written of them. All are leases of one owner. Blocks."""
    with transaction.atomic():
        held = _hold(found.keys())
        SO_FAR.apply_each([_attempt_row(lease, found[lease]) for lease in held])
        SHOWN.apply_each([_message_row(lease, found[lease]) for lease in held if found[lease].text])
    return [lease for lease in found if lease not in held]


def _save_all(grown: Mapping[Lease, Written]) -> tuple[dict[Lease, tuple[int, int]], list[Lease]]:
    found = {lease: progress for lease, written in grown.items() if (progress := _progress_of(lease, written))}
    try:
        lost = store(found)
    except AWAY:
        raise
    except DatabaseError:  # a row that cannot be stored keeps no other from it
        lost = [lease for lease, progress in found.items() if _is_lost(lease, progress)]
    if settings.REDIS_URL:
        _keep_for_late_joiners({lease: progress for lease, progress in found.items() if lease not in lost})
    return {lease: (progress.sequence, progress.thought) for lease, progress in found.items()}, lost


def _progress_of(lease: Lease, written: Written) -> Progress | None:
    try:
        return written.progress()
    except Exception:
        log.exception("checkpoint_failed", reply=lease.reply_id)
        return None


def _is_lost(lease: Lease, progress: Progress) -> bool:
    try:
        return bool(store({lease: progress}))
    except FAILED as error:
        log.warning("checkpoint_failed", reply=lease.reply_id, error=repr(error))
        return False


def _keep_for_late_joiners(stored: Mapping[Lease, Progress]) -> None:
    kept = {
        checkpoint_key(lease.message_id, lease.attempt): (it.text, it.sequence, it.reasoning, it.thought)
        for lease, it in stored.items()
    }
    cache.set_many(kept, KEPT_SECONDS)


def _hold(leases: Collection[Lease]) -> list[Lease]:
    """Those of them that are still held; then until the transaction ends. In one order, as where they are renewed."""
    attempts = {lease.reply_id: lease for lease in leases}
    mine = Reply.objects.filter(pk__in=attempts, lease_owner__in={lease.owner for lease in leases}, is_open=True)
    locked = mine.select_for_update(of=("self",), no_key=True).order_by("pk")
    rows = locked.values_list("pk", "lease_owner", "attempt")
    held = [attempts[pk] for pk, *fence in rows if fence == [attempts[pk].owner, attempts[pk].attempt]]
    Reply.objects.filter(pk__in=[lease.reply_id for lease in held]).update(lease_expires_at=lease_end())
    return held


def _attempt_row(lease: Lease, progress: Progress) -> dict[str, Any]:
    return {
        "text": progress.text,
        "token_sequence": progress.sequence,
        "model": progress.model[:120],
        "first_token_at": progress.first_token_at,
        "reasoning": progress.reasoning,
        "first_reasoning_at": progress.first_reasoning_at,
        "reply": lease.reply_id,
        "number": lease.attempt,
    }


def _message_row(lease: Lease, progress: Progress) -> dict[str, Any]:
    return {"text": progress.text, "html": progress.html, "id": lease.message_id}


SO_FAR = PreparedChange(
    lambda: Attempt.objects.filter(reply=Given("reply"), number=Given("number")),
    **columns_given(Attempt, "text", "token_sequence", "model", "first_token_at", "reasoning", "first_reasoning_at"),
)
SHOWN = PreparedChange(lambda: Message.objects.filter(pk=Given("id")), **columns_given(Message, "text", "html"))
