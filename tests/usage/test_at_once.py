"""Twenty at once against a limit of ten: on both databases, by threads that commit, and by two processes."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest

from chat import usage
from chat.models import UsageLimit, UsageRecord
from chat.models.usage import Scope, UsageDay
from tests.at_once import at_once
from tests.factories import make_assistant, make_person, make_room

pytestmark = pytest.mark.django_db(transaction=True)

TEN = [{"requests_per_minute": 10}, {"tokens_per_day": 1_000}, {"tokens_per_month": 1_099}]


@pytest.mark.parametrize("numbers", TEN, ids=lambda numbers: next(iter(numbers)))
@pytest.mark.parametrize("scope", Scope.values)
def test_of_twenty_at_once_exactly_ten_go_through(scope: str, numbers: dict[str, Any]):
    UsageLimit.objects.create(scope=scope, **numbers)
    room, helper = make_room("garden"), make_assistant("helper")
    # The limit of one subject is shared by many others: their counters are locked, too, in whatever order they come.
    people = [make_person("ana")] * 20 if scope == "person" else [make_person(f"person-{n}") for n in range(20)]
    ask = partial(usage.reserve, assistant=helper, room=room, prompt_tokens=60, completion_tokens=40)

    answers = at_once(*(partial(ask, person=person) for person in people))

    assert Counter(type(answer) for answer in answers) == {usage.Permit: 10, usage.OverLimit: 10}
    assert UsageRecord.objects.count() == 10
    counter = UsageDay.objects.get(scope=scope)
    assert (counter.requests, counter.reserved_tokens) == (10, 1_000)


def test_what_is_settled_and_released_at_once_adds_up():
    ana, room, helper = make_person("ana"), make_room("garden"), make_assistant("helper")
    ask = partial(usage.reserve, person=ana, assistant=helper, room=room, prompt_tokens=60)
    permits = [ask() for _ in range(10)]

    at_once(
        *(partial(usage.settle, permit, prompt_tokens=3, completion_tokens=4) for permit in permits[:5]),
        *(partial(usage.release, permit) for permit in permits[5:]),
        *[ask] * 5,
    )

    rows = UsageDay.objects.values_list("requests", "prompt_tokens", "completion_tokens", "reserved_tokens")
    assert set(rows) == {(10, 15, 20, 5 * 1_060)}
