"""What a model thinks before it answers."""

from __future__ import annotations

import asyncio

from chat.models import Attempt, User
from tests import fake_llm
from tests.fake_llm import FakeLLM
from tests.realtime.conftest import Opener
from tests.realtime.tabs import HTML, ask, thoughts_of
from tests.waiting import until_stored


async def test_thoughts_are_seen_as_they_come_and_are_no_part_of_the_text(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    hold, end = fake_llm.Hold(), fake_llm.Hold()
    first, then = fake_llm.chunk(reasoning_content="First <this>, "), fake_llm.chunk(reasoning_content="then that.")
    model.answer(fake_llm.Script([first, hold.event, then, *fake_llm.tokens_of("So"), end.event, *fake_llm.ending()]))
    hers, page = await open_tab(ana, "general"), await open_tab(ana, "general", HTML)
    await ask(hers)
    await hers.until("reasoning")
    late, late_page = await open_tab(ben, "general"), await open_tab(ben, "general", HTML)
    await late.until("reasoning")
    hold.release()
    await hers.until("token")
    later, later_page = await open_tab(ben, "general"), await open_tab(ben, "general", HTML)
    await later.until("reasoning")
    end.release()

    for tab in (hers, page, late, late_page, later, later_page):
        await tab.until("control", action="end")

    whole = "First <this>, then that."
    assert [thoughts_of(tab.seen) for tab in (hers, late, later)] == [whole] * 3
    shown = [[frame["html"] for frame in tab.seen if frame["type"] == "reasoning"] for tab in (page, late_page)]
    assert all("<details" in first and "First &lt;this&gt;, </div>" in first for first, _ in shown)
    assert all(more.endswith(">then that.</chat-frame>") for _, more in shown)
    (folded,) = [frame["html"] for frame in later_page.seen if frame["type"] == "reasoning"]
    assert "First &lt;this&gt;, then that.</div>" in folded
    attempt = await Attempt.objects.select_related("reply__message").aget()
    assert (attempt.text, attempt.reasoning, attempt.reply.message.text) == ("So", whole, "So")
    assert attempt.first_reasoning_at is not None
    assert attempt.first_token_at is not None
    assert attempt.first_reasoning_at < attempt.first_token_at


async def test_thoughts_are_kept_with_each_checkpoint_and_told_to_no_model_again(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    hold = fake_llm.Hold()
    model.answer(
        fake_llm.Script([fake_llm.chunk(reasoning_content="Secretly."), hold.event, *fake_llm.stream_of("So.")]),
        fake_llm.Script(fake_llm.stream_of("Again.")),
    )
    tab = await open_tab(ana, "general")
    reply = await ask(tab)
    await until_stored(Attempt.objects.filter(reasoning="Secretly.", status="streaming").exists)
    hold.release()
    await tab.reply_text(reply)

    await ask(tab, "@helper and again")
    again = await asyncio.to_thread(model.wait_for_request, 2)

    assert b"So." in again.body
    assert b"Secretly" not in again.body
