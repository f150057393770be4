"""Who is to write a reply is settled once, though the database is away, or does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from chat.models import Attempt, Reply, Room, User
from chat.models.replies import LEASE_SECONDS
from chat.replies import ledger, worker
from tests.factories import make_assistant
from tests.fake_llm import FakeLLM
from tests.realtime.conftest import Opener
from tests.realtime.tabs import ask
from tests.realtime.trouble import begun, failing, rows_of


def unanswered(real: Callable[..., Any], *, after: int = 0) -> Callable[..., Any]:
    """What first finds something to do, or after so many times, does it, and nobody hears that."""
    found: list[Any] = []

    def fail(*given: Any) -> Any:
        result = real(*given)
        if not result:
            return result
        found.append(result)
        if len(found) != after + 1:
            return result
        raise OperationalError("the database is away")

    return fail


async def test_a_claim_that_fails_is_made_again(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SWEEP_SECONDS", 0.1)
    tab = await open_tab(ana, "general")
    claim = failing(ledger.claim, 3)

    def claim_what_waits(*given: Any) -> Any:
        """Who looks before anybody has asked uses up no failure."""
        return claim(*given) if Reply.objects.waiting().exists() else []

    monkeypatch.setattr(ledger, "claim", claim_what_waits)
    monkeypatch.setattr(ledger, "free_leases_of_the_dead", failing(ledger.free_leases_of_the_dead, 2))

    assert await tab.reply_text(await ask(tab)) == "1 2 3"


async def test_a_claim_that_was_taken_and_not_answered_is_made_again(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing else is given back: what is being written goes on."""
    monkeypatch.setattr(worker, "SWEEP_SECONDS", 0.1)
    hold = model.hold("1 2", " 3")
    tab = await open_tab(ana, "general")
    first = await begun(tab)
    model.reply_with("1 2 3")
    monkeypatch.setattr(ledger, "claim", unanswered(ledger.claim))

    async with asyncio.timeout(LEASE_SECONDS / 2):
        second = await ask(tab)
        await tab.until("control", action="end", message=second)
    hold.release()

    assert await tab.reply_text(first) == "1 2 3"
    assert [await rows_of(reply) for reply in (first, second)] == [
        [(1, "complete", "1 2 3")],
        [(1, "interrupted", ""), (2, "complete", "1 2 3")],
    ]


async def test_nor_is_the_last_of_several_forgotten_whose_claim_was_taken_and_not_answered(
    ana: User, general: Room, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one before it is written as it was claimed."""
    monkeypatch.setattr(worker, "SWEEP_SECONDS", 0.1)
    other = await sync_to_async(make_assistant)("other", general, provider="openai", base_url=model.url, model="fake")
    monkeypatch.setattr(ledger, "_claim_one", unanswered(ledger._claim_one, after=1))
    tab = await open_tab(ana, "general")

    async with asyncio.timeout(LEASE_SECONDS / 2):
        await tab.say("@helper and @other count")
        for _ in range(2):
            await tab.until("control", action="end")

    attempts = Attempt.objects.order_by("reply", "number").values_list("reply__message__author", "number", "status")
    assert [row async for row in attempts] == [
        (helper.pk, 1, "complete"),
        (other.user_id, 1, "interrupted"),
        (other.user_id, 2, "complete"),
    ]
