"""One's own usage, and only one's own."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chat.models import Room, UsageLimit, User
from tests.factories import make_assistant
from tests.test_architecture import inline_in
from tests.usage.asking import spend
from tests.views.conftest import browser


@pytest.fixture
def spent(ana: User, ben: User, garden: Room) -> None:
    helper = make_assistant("helper", prompt_price=Decimal(1_000))
    spend(ana, helper, garden, 1_234, 56)
    spend(ben, make_assistant("poet"), garden, 10, 20)


def test_a_person_sees_this_month_by_assistant_and_by_day(ana: User, spent: None):
    page = browser(ana).get("/account/usage/").content.decode()

    assert "<bdi>helper</bdi></th><td>1</td><td>1,234</td><td>56</td><td>$1.23</td>" in page
    assert "<td>1</td><td>1,290</td><td>$1.23</td>" in page
    assert "poet" not in page
    assert 'role="img" aria-labelledby="plot-title plot-words"' in page
    assert inline_in(page) == []


def test_limits_are_shown_with_what_is_left(ana: User, spent: None):
    UsageLimit.objects.create(scope="person", tokens_per_day=20_000)

    page = browser(ana).get("/account/usage/").content.decode()

    assert "1,290 of 20,000 tokens today" in page
    assert "18,710 left" in page


def test_whoever_asked_nothing_is_told_so(eve: User, spent: None):
    page = browser(eve).get("/account/usage/").content.decode()

    assert "Nothing yet this month." in page
    assert "<svg" not in page
