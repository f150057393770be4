"""Which limit holds, what is said when it is used up, and when it starts anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from chat import usage
from chat.models import Assistant, Room, UsageLimit, UsageRecord, User
from chat.models.usage import Scope, UsageDay
from chat.usage.refusals import Measure, OverLimit, how_long
from tests.factories import make_assistant

pytestmark = pytest.mark.django_db


@pytest.fixture
def helper(garden: Room) -> Assistant:
    return make_assistant("helper", garden, prompt_price=Decimal(1_000), completion_price=Decimal(1_000))


def limit(scope: str, **numbers: Any) -> UsageLimit:
    return UsageLimit.objects.create(scope=scope, **numbers)


def ask(person: User, helper: Assistant, room: Room | None, tokens: int = 100) -> usage.Permit:
    return usage.reserve(person=person, assistant=helper, room=room, prompt_tokens=tokens, completion_tokens=0)


def refusal(person: User, helper: Assistant, room: Room | None, tokens: int = 100) -> OverLimit:
    before = booked()
    with pytest.raises(OverLimit) as refused:
        ask(person, helper, room, tokens)
    assert booked() == before  # what is refused costs nothing
    return refused.value


def booked() -> set[tuple[Any, ...]]:
    return set(UsageDay.objects.filter(requests__gt=0).values_list())


@pytest.mark.parametrize(
    ("numbers", "measure", "used"),
    [
        ({"requests_per_minute": 2}, Measure.REQUESTS_PER_MINUTE, 2),
        ({"tokens_per_day": 250}, Measure.TOKENS_PER_DAY, 200),
        ({"tokens_per_month": 250}, Measure.TOKENS_PER_MONTH, 200),
        ({"cost_per_month": Decimal("0.25")}, Measure.COST_PER_MONTH, Decimal("0.2")),
    ],
)
@pytest.mark.parametrize("scope", Scope.values)
def test_each_number_of_each_scope_is_held(
    ana: User, garden: Room, helper: Assistant, scope: str, numbers: dict[str, Any], measure: Measure, used: Any
):
    limit(scope, **numbers)
    usage.settle(ask(ana, helper, garden), prompt_tokens=100, completion_tokens=0)
    ask(ana, helper, garden)  # still under way: it counts as much

    refused = refusal(ana, helper, garden)

    assert (refused.scope, refused.measure, refused.used) == (scope, measure, used)
    assert (refused.code, refused.status) == ("limit", 429)


def test_a_limit_for_everybody_is_for_each_of_them(ana: User, ben: User, garden: Room, helper: Assistant):
    limit("person", tokens_per_day=150)
    ask(ana, helper, garden)

    ask(ben, helper, garden)


def test_a_limit_of_one_s_own_stands_instead_of_the_one_for_everybody(ana: User, ben: User, helper: Assistant):
    limit("person", tokens_per_day=50)
    limit("person", person=ana, tokens_per_month=1_000_000)

    ask(ana, helper, None)
    assert refusal(ben, helper, None).limit == 50


def test_somebody_else_s_limit_is_not_mine(ana: User, ben: User, helper: Assistant):
    limit("person", person=ben, tokens_per_day=0)

    ask(ana, helper, None)


def test_nothing_at_all_is_a_limit_too(ana: User, helper: Assistant):
    limit("person", person=ana, requests_per_minute=0)

    assert refusal(ana, helper, None).retry_after == 60


def test_what_is_used_up_lets_nothing_through_that_costs_nothing(ana: User, helper: Assistant, garden: Room):
    free = make_assistant("free", garden, prompt_price=Decimal(0), completion_price=Decimal(0))
    limit("person", cost_per_month=Decimal("0.10"))
    ask(ana, helper, None)

    assert refusal(ana, free, None).measure == Measure.COST_PER_MONTH


def test_what_was_yesterday_counts_this_month_but_not_today(ana: User, helper: Assistant):
    limit("person", tokens_per_day=150)
    ask(ana, helper, None)
    UsageDay.objects.update(day=timezone.now().date() - timedelta(days=1))

    ask(ana, helper, None)


def test_what_was_last_month_does_not_count(ana: User, helper: Assistant):
    limit("person", tokens_per_month=150, cost_per_month=Decimal("0.15"))
    ask(ana, helper, None)
    UsageDay.objects.update(day=timezone.now().date().replace(day=1) - timedelta(days=1))

    ask(ana, helper, None)


def test_a_sum_of_costs_is_not_missed_by_a_binary_fraction(ana: User, helper: Assistant):
    limit("person", cost_per_month=Decimal("0.30"))
    ask(ana, helper, None, 100)

    ask(ana, helper, None, 200)  # 0.1 + 0.2


def test_a_minute_slides(ana: User, helper: Assistant):
    limit("person", requests_per_minute=2)
    ask(ana, helper, None)
    ask(ana, helper, None)
    oldest, asked_at = UsageRecord.objects.earliest("pk"), timezone.now() - timedelta(seconds=40)
    UsageRecord.objects.filter(pk=oldest.pk).update(created_at=asked_at)

    assert refusal(ana, helper, None).ends_at == asked_at + timedelta(minutes=1)

    UsageRecord.objects.filter(pk=oldest.pk).update(created_at=timezone.now() - timedelta(seconds=61))
    ask(ana, helper, None)


def test_of_one_a_minute_the_next_may_come_a_minute_after_the_last(ana: User, helper: Assistant):
    limit("person", requests_per_minute=1)
    permit = ask(ana, helper, None)
    asked_at = timezone.now() - timedelta(seconds=40)
    UsageRecord.objects.filter(pk=permit.record_id).update(created_at=asked_at)

    assert refusal(ana, helper, None).ends_at == asked_at + timedelta(minutes=1)


def test_a_request_that_failed_does_not_count(ana: User, helper: Assistant):
    limit("person", requests_per_minute=1, tokens_per_day=100)
    usage.release(ask(ana, helper, None))

    ask(ana, helper, None)


def test_the_refusal_says_what_was_used_the_limit_and_when_it_ends(ana: User, helper: Assistant):
    midnight = datetime.combine(timezone.now().date() + timedelta(days=1), datetime.min.time(), UTC)
    refused = OverLimit(
        Scope.PERSON, Measure.TOKENS_PER_DAY, name="ana", used=20_000, limit=20_000, wanted=5, ends_at=midnight
    )

    left = how_long(refused.retry_after)
    assert refused.detail == f"You have used 20,000 of 20,000 tokens today. It starts anew at 00:00 UTC (in {left})."
    assert refused.for_the_room == f"The limit of ana is used up. It starts anew at 00:00 UTC (in {left})."


def test_the_room_is_told_no_figures_of_what_somebody_has_used_elsewhere(ana: User, garden: Room, helper: Assistant):
    limit("person", tokens_per_day=500)
    ask(ana, helper, None, 400)

    refused = refusal(ana, helper, garden, 300)

    left = how_long(refused.retry_after)
    told = f"The limit of ana leaves too little for this. It starts anew at 00:00 UTC (in {left})."
    assert refused.for_the_room == told
    assert refused.detail.startswith("You have used 400 of 500 tokens today, and this would take about 300 more. ")


def test_what_would_not_fit_is_said_so(ana: User, garden: Room, helper: Assistant):
    limit("room", cost_per_month=Decimal("0.50"))
    ask(ana, helper, garden, 400)

    assert refusal(ana, helper, garden, 200).detail.startswith(
        "This room has used $0.40 of $0.50 this month, and this would take about $0.20 more. It starts anew on 1 "
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 s"), (60, "1 min"), (61, "2 min"), (7_200, "2 h"), (86_400, "1 day"), (90_000, "2 days")],
)
def test_how_long_it_takes_is_never_said_too_short(seconds: int, words: str):
    assert how_long(seconds) == words.replace(" ", "\N{NO-BREAK SPACE}")
