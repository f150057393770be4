"""What is reserved, settled and released, and what the counters say."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from chat import usage
from chat.models import Assistant, Room, SiteSettings, UsageLimit, UsageRecord, User
from chat.models.usage import Scope, UsageDay
from chat.usage import limits
from chat.usage.booking import UNKNOWN_COMPLETION_TOKENS, conclude_attempt, release_stale, stale_after
from tests.factories import make_assistant, make_reply, start_reply

pytestmark = pytest.mark.django_db


@pytest.fixture
def helper(garden: Room) -> Assistant:
    return make_assistant("helper", garden, prompt_price=Decimal(2), completion_price=Decimal(10))


def ask(person: User, helper: Assistant, room: Room | None = None, **given) -> usage.Permit:
    return usage.reserve(**{"person": person, "assistant": helper, "room": room, "prompt_tokens": 100, **given})


def counters() -> set[tuple[str, int, int, int, int]]:
    """Scope, requests, prompt, completion and reserved tokens of each counter."""
    rows = UsageDay.objects.values_list("scope", "requests", "prompt_tokens", "completion_tokens", "reserved_tokens")
    return set(rows)


def test_a_request_is_reserved_for_the_person_the_room_and_the_assistant(ana: User, helper: Assistant, garden: Room):
    ask(ana, helper, garden, completion_tokens=50)

    assert counters() == {("assistant", 1, 0, 0, 150), ("person", 1, 0, 0, 150), ("room", 1, 0, 0, 150)}


def test_outside_of_rooms_no_room_is_counted(ana: User, helper: Assistant):
    ask(ana, helper, source=UsageRecord.Source.OPENAI)

    assert {scope for scope, *_ in counters()} == {"assistant", "person"}
    assert UsageRecord.objects.get().reserved_tokens == 100 + UNKNOWN_COMPLETION_TOKENS


def test_settled_is_what_the_back_end_counted(ana: User, helper: Assistant, garden: Room):
    cost = usage.settle(ask(ana, helper, garden), prompt_tokens=1_000, completion_tokens=2_000)

    record = UsageRecord.objects.get()
    assert cost == record.cost == Decimal("0.022")
    assert (record.state, record.reserved_tokens, record.reserved_cost, record.is_estimated) == (
        "settled",
        0,
        Decimal(0),
        False,
    )
    assert counters() == {(scope, 1, 1_000, 2_000, 0) for scope in ("assistant", "person", "room")}
    assert set(UsageDay.objects.values_list("cost", "reserved_cost")) == {(Decimal("0.022"), Decimal(0))}


def test_what_the_back_end_names_as_the_cost_wins_over_our_prices(ana: User, helper: Assistant):
    permit = ask(ana, helper)

    assert usage.settle(permit, prompt_tokens=1_000, completion_tokens=2_000, cost=0.5) == Decimal("0.5")


@pytest.mark.parametrize(("named", "cost"), [(999_999.5, "999999.5"), (1_234_567, "0.022"), (2e9, "0.022")])
def test_a_cost_that_is_in_no_dollars_is_not_believed(ana: User, helper: Assistant, named: float, cost: str):
    permit = ask(ana, helper)

    assert usage.settle(permit, prompt_tokens=1_000, completion_tokens=2_000, cost=named) == Decimal(cost)


def test_however_many_tokens_are_named_the_cost_can_be_stored(ana: User):
    dear = make_assistant("dear", prompt_price=Decimal(600_000))

    assert usage.settle(ask(ana, dear), prompt_tokens=2**31 - 1, completion_tokens=1) == Decimal("999999.999999")


def test_without_prices_nobody_knows_the_cost(ana: User):
    permit = ask(ana, make_assistant("free"))

    assert usage.settle(permit, prompt_tokens=1, completion_tokens=1) is None
    assert UsageRecord.objects.get().cost is None


def test_where_the_back_end_does_not_count_the_estimates_stand(ana: User, helper: Assistant):
    usage.conclude(ask(ana, helper), prompt_tokens=None, completion_tokens=None, written_tokens=30)

    record = UsageRecord.objects.get()
    assert (record.prompt_tokens, record.completion_tokens, record.is_estimated) == (100, 30, True)


def test_a_request_that_came_to_nothing_is_released(ana: User, helper: Assistant, garden: Room):
    usage.conclude(ask(ana, helper, garden), prompt_tokens=None, completion_tokens=None)

    assert UsageRecord.objects.values_list("state", "prompt_tokens").get() == ("released", 0)
    assert counters() == {(scope, 0, 0, 0, 0) for scope in ("assistant", "person", "room")}


def test_concluding_twice_counts_once(ana: User, helper: Assistant):
    permit = ask(ana, helper)

    usage.settle(permit, prompt_tokens=5, completion_tokens=5)
    usage.settle(permit, prompt_tokens=5, completion_tokens=5)
    usage.release(permit)

    assert counters() == {("assistant", 1, 5, 5, 0), ("person", 1, 5, 5, 0)}


def test_what_was_reserved_yesterday_is_counted_yesterday(ana: User, helper: Assistant):
    permit = ask(ana, helper)
    yesterday = timezone.now().date() - timedelta(days=1)
    UsageRecord.objects.update(day=yesterday)
    UsageDay.objects.update(day=yesterday)

    usage.settle(permit, prompt_tokens=5, completion_tokens=5)

    assert set(UsageDay.objects.values_list("day", "prompt_tokens")) == {(yesterday, 5)}


def test_the_attempt_of_a_killed_process_is_settled_with_what_it_wrote(ana: User, helper: Assistant, garden: Room):
    attempt = start_reply(make_reply(garden, ana, helper))
    ask(ana, helper, garden, attempt=attempt)

    conclude_attempt(attempt.pk, written_tokens=12)

    record = UsageRecord.objects.get()
    assert (record.state, record.prompt_tokens, record.completion_tokens) == ("settled", 100, 12)


def test_a_reservation_nobody_concludes_does_not_stand_in_the_way_for_ever(ana: User, helper: Assistant):
    UsageLimit.objects.create(scope="person", tokens_per_day=1_500)
    ask(ana, helper)
    with pytest.raises(usage.OverLimit):
        ask(ana, helper)

    UsageRecord.objects.update(created_at=timezone.now() - stale_after(None))

    ask(ana, helper)


@pytest.mark.parametrize(
    ("patience", "state"),
    [({}, "released"), ({"first_byte_seconds": 1_800}, "settled"), ({"is_reasoning_model": True}, "settled")],
)
def test_what_a_slow_model_may_still_be_answering_is_not_released(
    ana: User, helper: Assistant, patience: dict[str, int], state: str
):
    Assistant.objects.update(**patience)
    permit = ask(ana, helper, source=UsageRecord.Source.OPENAI)
    UsageRecord.objects.update(created_at=timezone.now() - timedelta(minutes=35))

    assert release_stale() == (state == "released")

    usage.conclude(permit, prompt_tokens=100, completion_tokens=900)
    assert UsageRecord.objects.get().state == state


def test_however_long_an_answer_takes_what_is_set_aside_for_it_stays(ana: User, helper: Assistant, garden: Room):
    UsageLimit.objects.create(scope="person", tokens_per_day=1_500)
    attempt = start_reply(make_reply(garden, ana, helper))
    ask(ana, helper, garden, attempt=attempt)
    UsageRecord.objects.update(created_at=timezone.now() - 2 * stale_after(None))

    with pytest.raises(usage.OverLimit):
        ask(ana, helper, garden)

    conclude_attempt(attempt.pk, prompt_tokens=100, completion_tokens=900)
    assert counters() == {(scope, 1, 100, 900, 0) for scope in ("assistant", "person", "room")}


def test_at_midnight_it_is_checked_against_the_counters_that_are_held(ana: User, helper: Assistant):
    """The day is taken when a request is booked; the clock may strike before it is checked."""
    UsageLimit.objects.create(scope="person", tokens_per_day=1_500)
    ask(ana, helper)
    before = timezone.now().date() - timedelta(days=1)
    UsageDay.objects.update(day=before)

    with pytest.raises(usage.OverLimit):
        limits.check({Scope.PERSON: ana}, limits.Wanted(1_100, Decimal(0)), before)


@pytest.mark.parametrize("where", ["site", "room", "assistant", "account"])
def test_nothing_is_asked_where_assistants_are_off(ana: User, helper: Assistant, garden: Room, where: str):
    if where == "site":
        SiteSettings.objects.create(pk=1, has_assistants=False)
    garden.has_assistants = where != "room"
    helper.enabled, helper.user.is_active = where != "assistant", where != "account"

    with pytest.raises(usage.AssistantsOff):
        ask(ana, helper, garden)

    assert UsageRecord.objects.count() == 0
