"""What a reply begins with, found out by the thread that claimed it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django import Settings

from chat import usage
from chat.models import Assistant, Message, Reply, Room, UsageRecord, User
from chat.replies import ledger, preparing
from chat.replies.briefing import QuestionGone
from chat.replies.preparing import Preparation
from chat.replies.worker import _of_the_only
from tests.factories import make_message, make_reply


@pytest.fixture
def lease(room: Room, ana: User) -> ledger.Lease:
    make_reply(room, ana, Assistant.objects.get())
    (lease,) = ledger.claim("one", 10)
    return lease


async def test_whoever_waits_is_given_it_and_it_is_paid_for_once(lease: ledger.Lease) -> None:
    preparation = Preparation(lease)

    waiting = asyncio.ensure_future(preparation)
    await asyncio.to_thread(preparation.carry_out)
    found = await waiting

    assert found is not None
    briefing, permit = found
    assert briefing.reply.pk == lease.reply_id
    assert isinstance(permit, usage.Permit)
    assert await UsageRecord.objects.aget() == await UsageRecord.objects.aget(attempt=lease.attempt_id)


async def test_the_thread_of_who_asks_reads_no_files_and_pays_for_nothing_then(
    room: Room, ana: User, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    await sync_to_async(make_message)(room, ana, "@helper what?", files=[SimpleUploadedFile("a.txt", b"one, two")])
    (lease,) = await sync_to_async(ledger.claim)("one", 10)
    preparation = Preparation(lease)

    await asyncio.to_thread(preparation.carry_out)

    assert await preparation is None
    assert not await UsageRecord.objects.aexists()
    prepared = await sync_to_async(preparing.prepare)(lease)
    assert "one, two" in prepared.briefing.request.turns[-1].content


async def test_whoever_waits_is_told_what_speaks_against_it(lease: ledger.Lease) -> None:
    await Message.objects.filter(pk=lease.prompt_id).aupdate(text="", html="", deleted_at=timezone.now())
    preparation = Preparation(lease)

    await asyncio.to_thread(preparation.carry_out)

    with pytest.raises(QuestionGone):
        await preparation
    assert not await UsageRecord.objects.aexists()


async def test_whoever_waits_is_told_whatever_it_is(lease: ledger.Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(lease: ledger.Lease, *, is_hurried: bool) -> None:
        raise SystemExit

    monkeypatch.setattr(preparing, "prepare", end)
    preparation = Preparation(lease)

    await asyncio.to_thread(preparation.carry_out)

    assert isinstance(preparation._found.exception(), SystemExit)


async def test_what_nobody_waits_for_any_more_is_not_paid_for(lease: ledger.Lease) -> None:
    preparation = Preparation(lease)
    waiting = asyncio.ensure_future(preparation)
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})

    await asyncio.to_thread(preparation.carry_out)

    assert not await UsageRecord.objects.aexists()


def test_what_is_to_be_stopped_is_prepared_by_nobody_and_many_take_turns(lease: ledger.Lease) -> None:
    Reply.objects.update(lease_owner="", lease_expires_at=None, stopped_by=Reply.objects.get().asker)
    (stopped,) = ledger.claim("other", 10)

    assert _of_the_only([lease]) is not None
    assert _of_the_only([lease, lease]) is None
    assert not stopped.is_to_be_asked
    assert _of_the_only([stopped]) is None
