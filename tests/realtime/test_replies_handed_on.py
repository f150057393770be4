"""Who writes a reply when its process ends, dies, or leaves it to others."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import sync_to_async
from django.conf import LazySettings
from django.db import connections
from django.utils import timezone

from chat.models import Message, Reply, Room, User
from chat.replies import leases, ledger, worker
from chat.replies.checkpoints import Progress, checkpoint
from chat.replies.outcomes import Outcome
from chat.services import messages
from tests.fake_llm import FakeLLM
from tests.realtime.conftest import Opener
from tests.realtime.tabs import Tab, ask
from tests.waiting import until


async def test_an_assistant_whose_lease_ran_out_is_taken_over(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    general = await Room.objects.aget(slug="general")
    await sync_to_async(messages.post_message)(room=general, author=ana, text="@helper count")
    (lost,) = await sync_to_async(ledger.claim)("elsewhere:1:dead", 10)
    await Reply.objects.aupdate(lease_expires_at=ledger.LONG_AGO)

    tab = await open_tab(ana, "general")
    await tab.until("control", action="start", attempt=lost.attempt + 1)

    assert await tab.reply_text(lost.message_id) == "1 2 3"
    with pytest.raises(ledger.LeaseLost):
        await sync_to_async(checkpoint)(
            lost, Progress(text="stale", html="stale", sequence=1, model="", first_token_at=None)
        )
    with pytest.raises(ledger.LeaseLost):
        await sync_to_async(ledger.finish)(lost, Outcome(status="complete", reason="stop", text="stale"))
    assert (await Message.objects.aget(pk=lost.message_id)).text == "1 2 3"


async def test_after_two_take_overs_it_ends_as_interrupted(ana: User, helper: User, open_tab: Opener) -> None:
    tab = await open_tab(ana, "general")  # before: it may end before a tab that is only opened then hears of it
    await worker.stop_workers()
    general = await Room.objects.aget(slug="general")
    await sync_to_async(messages.post_message)(room=general, author=ana, text="@helper count")
    for life in range(3):
        (lost,) = await sync_to_async(ledger.claim)(f"elsewhere:{life}:dead", 10)
        await Reply.objects.aupdate(lease_expires_at=ledger.LONG_AGO)

    worker.ensure_worker()
    updated = await tab.until("message.updated")

    assert updated["message"]["status"] == "interrupted"
    assert (await tab.until("control", action="end"))["data"]["reason"] == "interrupted"
    assert lost.attempt == 3


async def test_a_worker_told_to_stop_hands_its_replies_on(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    tab, reply = await left_in_the_middle(ana, model, open_tab)
    row = await Reply.objects.aget(message=reply)
    assert (row.is_open, row.lease_owner, row.takeovers) == (True, "", 0)

    model.reply_with("1 2 3 4")
    worker.ensure_worker()
    assert (await tab.until("control", action="start"))["attempt"] == 2
    assert await tab.reply_text(reply) == "1 2 3 4"


async def test_what_was_to_be_stopped_and_handed_on_is_not_begun_anew(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    tab, reply = await left_in_the_middle(ana, model, open_tab)
    await Reply.objects.filter(message=reply).aupdate(stopped_by=ana, lease_owner="")

    worker.ensure_worker()

    assert (await tab.until("control", action="end", message=reply))["data"]["reason"] == "stopped"
    assert len(model.requests) == 1


async def test_a_loop_that_is_held_up_loses_no_lease(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.05)
    hold = model.hold("1 2", " 3")
    tab = await open_tab(ana, "general")
    reply = await begun(tab)
    await Reply.objects.aupdate(lease_expires_at=ledger.LONG_AGO)

    def is_kept() -> bool:
        return Reply.objects.filter(message=reply, lease_expires_at__gt=timezone.now()).exists()

    assert blocking_the_loop(until=is_kept)
    hold.release()
    assert (await tab.until("control", action="end", message=reply))["attempt"] == 1


async def test_a_reply_is_not_lost_because_leases_were_renewed_in_the_moment_it_was_begun(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that renews them has asked what there is to be renewed, and not been told of this one yet."""
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.05)
    hold = model.hold("1 2", " 3")
    tab = await open_tab(ana, "general")
    reply = await begun(tab)
    writer = worker.current_worker()
    assert writer is not None
    asked: list[float] = []

    def of_none() -> list[int]:
        asked.append(time.monotonic())
        return []

    monkeypatch.setattr(writer._keeper, "_replies", of_none)
    await until(lambda: len(asked) >= 3)
    hold.release()

    assert (await tab.until("control", action="end", message=reply))["attempt"] == 1


async def left_in_the_middle(asker: User, model: FakeLLM, open_tab: Opener) -> tuple[Tab, int]:
    """By a worker that was told to stop."""
    model.hold("1 2")
    tab = await open_tab(asker, "general")
    reply = await begun(tab)
    await worker.stop_workers()
    return tab, reply


async def begun(tab: Tab) -> int:
    """A reply of which something has been told."""
    reply = await ask(tab)
    await tab.until("token")
    return reply


def blocking_the_loop(*, until: Callable[[], bool]) -> bool:
    """Nothing else of this loop is done meanwhile."""
    with ThreadPoolExecutor(1) as thread:
        for _ in range(400):
            if thread.submit(until).result():
                return thread.submit(connections.close_all).result() is None
            time.sleep(0.02)
        return False


async def test_where_others_write_replies_the_web_leaves_them_alone(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, settings: LazySettings
) -> None:
    settings.REPLIES_IN_WEB = False
    tab = await open_tab(ana, "general")

    await ask(tab)
    await tab.silence(0.4)

    assert model.requests == []
