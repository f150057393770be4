"""A reply is written once and to its end, though the database is away, or its writer is too late."""

from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async

from chat.models import Message, Reply, User
from chat.models.replies import LEASE_SECONDS
from chat.replies import leases, ledger, preparing, worker, writing
from chat.services import messages
from tests.fake_llm import FakeLLM, Script, stream_of
from tests.realtime.conftest import Opener
from tests.realtime.tabs import ask
from tests.realtime.trouble import begun, busy, failing, look_for_work, rows_of
from tests.waiting import until, until_stored


def held_up(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Whatever is prepared from now on waits for this."""
    may_go_on, really_prepare = threading.Event(), preparing.prepare

    def prepare(lease: ledger.Lease, *, is_hurried: bool = False) -> preparing.Prepared:
        assert may_go_on.wait(60)
        return really_prepare(lease, is_hurried=is_hurried)

    for module in (preparing, writing):
        monkeypatch.setattr(module, "prepare", prepare)
    return may_go_on


@pytest.mark.parametrize("is_done", [False, True])
async def test_the_end_is_stored_once_though_the_database_is_away_for_a_moment(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    monkeypatch.setattr(ledger, "finish", failing(ledger.finish, 2 - is_done, is_done=is_done))
    tab = await open_tab(ana, "general")

    reply = await ask(tab)

    assert (await tab.until("control", action="end", message=reply))["data"]["reason"] == "stop"
    await until(lambda: not busy())
    assert await rows_of(reply) == [(1, "complete", "1 2 3")]
    assert [frame["type"] for frame in tab.seen if frame.get("action") == "end"] == ["control"]
    assert len(model.requests) == 1


async def test_what_could_not_be_stored_is_no_failure_but_written_anew(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "FINISH_TRIES", 1)
    monkeypatch.setattr(ledger, "finish", failing(ledger.finish, 1))
    tab = await open_tab(ana, "general")
    reply = await ask(tab)
    await until(lambda: model.requests and not busy())
    assert (await Message.objects.aget(pk=reply)).status == "streaming"

    await Reply.objects.aupdate(lease_expires_at=ledger.LONG_AGO)
    await look_for_work()

    assert (await tab.until("control", action="end", message=reply))["attempt"] == 2
    assert [(number, status) for number, status, _ in await rows_of(reply)] == [(1, "interrupted"), (2, "complete")]
    assert (await Message.objects.aget(pk=reply)).text == "1 2 3"


async def test_who_cannot_renew_its_leases_stops_before_others_may_take_over(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And lets go of them: renewed in the same moment, as by a process that was stopped and goes on, they would be
    nobody's until they run out once more."""
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.1)
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.1)
    hold = model.hold("1 2", " 3")
    tab = await open_tab(ana, "general")
    reply = await begun(tab)

    monkeypatch.setattr(ledger, "renew", failing(ledger.renew, 1000))
    monkeypatch.setattr(leases, "SELF_STOP_SECONDS", 3.0)

    assert await asyncio.to_thread(model.requests[0].was_abandoned.wait, 20)
    hold.release()
    async with asyncio.timeout(LEASE_SECONDS / 2):
        ended = await tab.until("control", action="end", message=reply, attempt=2)
    assert ended["data"]["reason"] == "stop"
    assert [(number, status) for number, status, _ in await rows_of(reply)] == [(1, "interrupted"), (2, "complete")]


async def test_what_is_claimed_while_earlier_leases_cannot_be_renewed_is_not_given_up_with_them(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own lease has only begun: given up, it would be nobody's until that has run out."""
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.1)
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.05)
    hold = model.hold("1 2", " 3")
    tab = await open_tab(ana, "general")
    first = await begun(tab)
    answers = threading.Event()
    monkeypatch.setattr(ledger, "renew", lambda *_: answers.wait(30) and {})
    monkeypatch.setattr(leases, "SELF_STOP_SECONDS", 1.0)
    assert await asyncio.to_thread(model.requests[0].was_abandoned.wait, 20)
    hold.release()
    await until_stored(Reply.objects.filter(message=first, is_open=False).exists)  # written anew

    hold = model.hold("4 5", " 6")
    late = await begun(tab)
    await tab.silence(0.3)
    hold.release()

    assert (await tab.until("control", action="end", message=late))["data"]["reason"] == "stop"
    assert await rows_of(late) == [(1, "complete", "4 5 6")]
    answers.set()


async def test_what_runs_out_under_its_own_writer_is_written_by_one_of_the_two(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEW_SECONDS", 600)
    hold = model.hold("1 2", " stale")
    tab = await open_tab(ana, "general")
    reply = await begun(tab)

    model.answer(Script(stream_of("1 2 3 4")))
    await Reply.objects.aupdate(lease_expires_at=ledger.LONG_AGO)
    await look_for_work()

    assert await asyncio.to_thread(model.requests[0].was_abandoned.wait, 20)
    hold.release()
    assert (await tab.until("control", action="end", message=reply))["attempt"] == 2
    assert (await Message.objects.aget(pk=reply)).text == "1 2 3 4"
    await until(lambda: not busy())
    assert [(number, status) for number, status, _ in await rows_of(reply)] == [(1, "interrupted"), (2, "complete")]


async def test_a_question_that_is_gone_before_it_is_asked_is_not_asked(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    tab = await open_tab(ana, "general")
    await worker.stop_workers()
    reply = await ask(tab)
    prompt = await Message.objects.aget(prompted__message=reply)
    await sync_to_async(messages.delete_message)(message=prompt, by=ana)

    worker.ensure_worker()

    assert (await tab.until("control", action="end", message=reply))["data"]["reason"] == "stopped"
    assert model.requests == []


async def test_what_is_stopped_while_it_is_prepared_is_not_asked(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEW_SECONDS", 600)
    may_go_on = held_up(monkeypatch)
    tab, other = await open_tab(ana, "general"), await open_tab(ana, "general")
    reply = await ask(tab)
    await until(busy)

    await other.send(type="reply.stop", id=reply)
    await until_stored(Reply.objects.filter(message=reply, stopped_by=ana).exists)
    await other.sync(0)  # so it was heard
    may_go_on.set()

    assert (await tab.until("control", action="end", message=reply))["data"]["reason"] == "stopped"
    assert model.requests == []


async def test_a_reply_that_does_not_come_to_its_end_keeps_no_other_from_being_handed_back(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ends has some seconds: whatever it has not handed back by then has to run out."""
    hold = model.hold("1 2", " 3")
    tab = await open_tab(ana, "general")
    other = await begun(tab)
    may_go_on = held_up(monkeypatch)
    await ask(tab)
    await until(lambda: busy() == 2)
    monkeypatch.setattr(worker, "ENDING_SECONDS", 0.2)
    writer = worker.current_worker()
    assert writer is not None

    ending = asyncio.create_task(writer.drain())
    try:
        await until_stored(Reply.objects.filter(message=other, lease_owner="", is_open=True).exists, 10)
    finally:
        may_go_on.set()
        await ending
    hold.release()


async def test_who_is_told_to_end_begins_nothing_more(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    tab = await open_tab(ana, "general")
    writer = worker.current_worker()
    assert writer is not None
    await writer.drain()

    reply = await ask(tab)
    await look_for_work()
    await tab.silence(0.4)

    assert (await Reply.objects.aget(message=reply)).lease_owner == ""
    assert model.requests == []
