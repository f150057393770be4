"""Who is paid where somebody stands in: each for what it took, and nobody for nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chat.models import Assistant, UsageRecord, User
from tests import fake_llm
from tests.fake_llm import FakeLLM
from tests.realtime.conftest import Opener
from tests.realtime.test_standing_in import OVERLOADED, ask, failed, other_model, scribe

__all__ = ["other_model", "scribe"]
WITHOUT_A_WORD = fake_llm.Script(fake_llm.ending(prompt=350, completion=1))  # it is asked twice, and counts both


async def books() -> list[tuple[str, str, int, int]]:
    records = UsageRecord.objects.order_by("pk").values_list(
        "assistant__user__username", "state", "prompt_tokens", "completion_tokens"
    )
    return [(name, str(state), prompt, completion) async for name, state, prompt, completion in records]


async def test_who_answered_is_who_is_paid(
    ana: User, scribe: Assistant, model: FakeLLM, other_model: FakeLLM, open_tab: Opener
) -> None:
    model.answer(OVERLOADED)
    tab = await open_tab(ana, "general")

    await tab.reply_text(await ask(tab))

    records = [(r.assistant_id, str(r.state)) async for r in UsageRecord.objects.order_by("pk")]
    assert records == [((await Assistant.objects.aget(user__username="helper")).pk, "released"), (scribe.pk, "settled")]


async def test_an_answer_without_a_word_is_paid_for_before_another_one_answers(
    ana: User, scribe: Assistant, model: FakeLLM, other_model: FakeLLM, open_tab: Opener
) -> None:
    model.answer(WITHOUT_A_WORD)
    tab = await open_tab(ana, "general")

    assert await tab.reply_text(await ask(tab)) == "1 2 3"

    assert await books() == [("helper", "settled", 700, 2), ("scribe", "settled", 9, 3)]


@pytest.mark.parametrize("has_stand_in", [False, True])
async def test_where_nobody_answers_what_was_counted_is_paid_for_once(
    ana: User, scribe: Assistant, model: FakeLLM, other_model: FakeLLM, open_tab: Opener, has_stand_in: bool
) -> None:
    if not has_stand_in:
        await Assistant.objects.filter(user__username="helper").aupdate(fallback=None)
    model.answer(WITHOUT_A_WORD)
    other_model.fail_with(401)

    attempt = await failed(await open_tab(ana, "general"))

    assert attempt.error_kind == "empty"
    stand_in = [("scribe", "released", 0, 0)] if has_stand_in else []
    assert await books() == [("helper", "settled", 700, 2), *stand_in]


@pytest.mark.parametrize("has_stand_in", [False, True])
async def test_an_attempt_in_which_nobody_answered_tells_what_it_cost(
    ana: User, scribe: Assistant, model: FakeLLM, other_model: FakeLLM, open_tab: Opener, has_stand_in: bool
) -> None:
    priced = Assistant.objects.filter(user__username="helper")
    await priced.aupdate(prompt_price=10, fallback=scribe if has_stand_in else None)
    model.answer(WITHOUT_A_WORD)
    other_model.fail_with(401)

    attempt = await failed(await open_tab(ana, "general"))

    assert attempt.cost == Decimal("0.007")
