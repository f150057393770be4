"""Sums by day, assistant, person and room, and the geometry of their plots."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat import usage
from chat.models import Assistant, Room, UsageLimit, User
from chat.models.usage import Scope, UsageDay
from chat.usage.plots import Series, plot
from chat.usage.reports import GROUPINGS, Span, Sums, of_person_by_assistant, per_day, standings, usage_by
from tests.factories import make_assistant, make_person
from tests.usage.asking import spend

pytestmark = pytest.mark.django_db


def today() -> date:
    return timezone.now().date()


def span() -> Span:
    """Not a constant: a run may go on past midnight."""
    return Span(today() - timedelta(days=2), today())


@pytest.fixture
def helper() -> Assistant:
    return make_assistant("helper", completion_price=Decimal(10))


@pytest.fixture
def spent(ana: User, ben: User, garden: Room, helper: Assistant) -> None:
    """Ana asks in the garden and by a program, Ben asks somebody else in the garden, and one request fails."""
    spend(ana, helper, garden, 100, 50)
    spend(ana, helper, None, 10, 5)
    spend(ben, make_assistant("poet"), garden, 1_000, 500)
    usage.release(usage.reserve(person=ben, assistant=helper, room=garden, prompt_tokens=7))


def sums(grouping) -> list[tuple[str, int, int, int]]:
    rows = usage_by(grouping, span())
    return [(row.name, row.sums.requests, row.sums.prompt_tokens, row.sums.completion_tokens) for row in rows]


def test_each_grouping_adds_up_to_the_same(spent: None):
    assert sums("assistant") == [("poet", 1, 1_000, 500), ("helper", 2, 110, 55)]
    assert sums("person") == [("ben", 1, 1_000, 500), ("ana", 2, 110, 55)]
    assert sums("room") == [("garden", 2, 1_100, 550), ("(outside of rooms)", 1, 10, 5)]
    assert sums("day") == [(str(day), 0, 0, 0) for day in span().days[:2]] + [(str(today()), 3, 1_110, 555)]


def test_what_has_a_price_has_a_cost(spent: None):
    assert {row.name: row.sums.cost for row in usage_by("assistant", span())} == {
        "poet": 0,
        "helper": Decimal("0.00055"),
    }


def test_days_outside_of_the_span_are_not_in_it(spent: None):
    UsageDay.objects.update(day=today() - timedelta(days=3))

    assert sums("person") == []
    assert per_day(Scope.ASSISTANT, span()) == {}


def test_a_person_s_own_by_assistant(spent: None, ana: User):
    (row,) = of_person_by_assistant(ana, span())

    assert (row.name, row.sums) == ("helper", Sums(2, 110, 55, Decimal("0.00055")))


def test_while_an_answer_is_written_a_person_s_own_still_adds_up(
    spent: None, ana: User, garden: Room, helper: Assistant
):
    usage.reserve(person=ana, assistant=helper, room=garden, prompt_tokens=5_000)

    by_assistant = sum((row.sums for row in of_person_by_assistant(ana, span())), Sums())

    assert by_assistant == per_day(Scope.PERSON, span(), ana.pk)[today()] == Sums(3, 110, 55, Decimal("0.00055"))


@pytest.mark.parametrize("grouping", GROUPINGS)
def test_a_sum_costs_the_same_for_few_and_for_many(spent: None, garden: Room, helper: Assistant, grouping):
    with CaptureQueriesContext(connection) as few:
        usage_by(grouping, span())
    for number in range(5):
        spend(make_person(f"person-{number}"), helper, garden, 1, 1)

    with CaptureQueriesContext(connection) as many:
        usage_by(grouping, span())

    assert len(many) == len(few)


def test_what_is_left_of_a_limit(spent: None, ana: User):
    UsageLimit.objects.create(scope="person", tokens_per_day=200, cost_per_month=Decimal("2.00"))

    found = [(standing.words, standing.left, standing.share) for standing in standings(ana)]

    assert found == [("165 of 200 tokens today", "35", 82), ("$0.0006 of $2.00 this month", "$2.00", 0)]


def test_without_a_limit_nothing_is_said_of_one(spent: None, ben: User):
    assert standings(ben) == []


def test_a_plot_stands_the_series_on_each_other():
    monday, tuesday = date(2026, 11, 16), date(2026, 11, 17)
    tea = Series("tea", 1, {monday: Sums(1, 30, 30), tuesday: Sums(1, 15, 15)})
    mint = Series("mint", 2, {monday: Sums(1, 40, 0)})

    drawn = plot([monday, tuesday], [tea, mint], "tokens")

    assert [(box.x, box.y, box.height, box.tint) for box in drawn.boxes] == [
        ("1", "40.00", "60.00", 1),
        ("1", "0.00", "40.00", 2),
        ("11", "70.00", "30.00", 1),
    ]
    assert drawn.boxes[1].words == "2026-11-16, mint: 40 tokens"
    assert (drawn.most, drawn.width) == ("100 tokens", 20)


def test_a_plot_of_nothing_is_empty():
    assert plot([date(2026, 11, 16)], [Series("", 0, {})], "cost").boxes == []
