from __future__ import annotations

import csv
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from chat.models import Room, UsageLimit, User
from chat.models.usage import UsageDay
from tests.commands.running import complaint, run
from tests.factories import make_assistant
from tests.usage.asking import spend


@pytest.fixture
def spent(ana: User, ben: User, garden: Room) -> None:
    helper = make_assistant("helper", prompt_price=Decimal(1_000))
    spend(ana, helper, garden, 1_234, 56)
    spend(ben, helper, garden, 10, 20)


def test_usage_by_person_as_a_table(spent: None):
    assert run("usage", "--by", "person").splitlines() == [
        "person  requests  prompt  completion     cost",
        "ana            1   1,234          56    $1.23",
        "ben            1      10          20  $0.0100",
        "total          2   1,244          76    $1.24",
    ]


def test_usage_as_csv_has_a_heading_and_plain_numbers(spent: None):
    rows = list(csv.DictReader(run("usage", "--by", "room", "--format", "csv").splitlines()))

    assert rows == [
        {"room": "garden", "requests": "2", "prompt_tokens": "1244", "completion_tokens": "76", "cost": "1.244000"}
    ]


def test_usage_as_json(spent: None):
    (row,) = json.loads(run("usage", "--by", "assistant", "--format", "json"))

    assert row == {
        "assistant": "helper",
        "requests": 2,
        "prompt_tokens": 1_244,
        "completion_tokens": 76,
        "cost": "1.244000",
    }


def test_usage_since_a_day_names_each_day(spent: None):
    today = timezone.now().date()
    since = today - timedelta(days=1)
    UsageDay.objects.update(day=since)

    lines = run("usage", "--since", str(since), "--by", "day", "--format", "csv").splitlines()

    assert [line.split(",")[:2] for line in lines] == [["day", "requests"], [str(since), "2"], [str(today), "0"]]


@pytest.mark.parametrize(
    ("since", "words"), [("tomorrow", "is no day like 2026-11-01"), ("2999-01-01", "--since is a day before --until")]
)
def test_usage_refuses_what_is_no_day(db: None, since: str, words: str):
    assert words in complaint("usage", f"--since={since}")


def test_a_limit_for_everybody_and_one_of_one_s_own(ana: User):
    said = run("limit", "person", "everybody", "--tokens-per-day", "20,000", "--cost-per-month", "$5")
    assert said == "person everybody: 20,000 tokens per day, $5.00 per month."
    assert run("limit", "person", "ana", "--requests-per-minute", "3") == "person ana: 3 requests per minute."

    assert run("limit").splitlines() == [
        "person everybody: 20,000 tokens per day, $5.00 per month.",
        "person ana: 3 requests per minute.",
    ]


def test_a_limit_changes_only_what_is_given_and_is_lifted_by_nothing(garden: Room):
    run("limit", "room", "garden", "--tokens-per-day", "100", "--tokens-per-month", "1000")

    assert run("limit", "room", "garden", "--tokens-per-day", "") == "room garden: 1,000 tokens per month."
    assert run("limit", "room", "garden", "--remove") == "room garden: no limit of its own."
    assert run("limit", "room") == "There are no limits."
    assert complaint("limit", "room", "garden", "--remove") == "There is no such limit."


def test_a_name_without_numbers_is_a_question(ana: User, ben: User):
    assert run("limit", "person", "ana") == "person ana: not limited."
    assert run("limit", "person", "everybody") == "person everybody: not limited."

    run("limit", "person", "everybody", "--tokens-per-day", "100")
    run("limit", "person", "ben", "--requests-per-minute", "3")

    assert run("limit", "person", "everybody") == "person everybody: 100 tokens per day."
    assert run("limit", "person", "ana") == "person ana has no limit of its own. person everybody: 100 tokens per day."
    assert run("limit", "person", "ben") == "person ben: 3 requests per minute."
    assert UsageLimit.objects.count() == 2


def test_one_is_freed_of_the_limit_for_everybody_by_an_empty_number(ana: User):
    run("limit", "person", "everybody", "--tokens-per-day", "100")

    assert run("limit", "person", "ana", "--tokens-per-day", "") == "person ana: not limited."
    assert run("limit", "person", "ana") == "person ana: not limited."


@pytest.mark.parametrize(
    "words",
    [
        ["person", "--requests-per-minute", "3"],
        ["person", "--remove"],
        ["--remove"],
        ["person", "ana", "--remove", "--tokens-per-day", "3"],
    ],
)
def test_what_would_be_passed_over_is_refused(ana: User, words: list[str]):
    run("limit", "person", "ana", "--tokens-per-day", "100")

    assert "Say" in complaint("limit", *words)
    assert run("limit") == "person ana: 100 tokens per day."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["person", "nobody", "--tokens-per-day", "1"], "There is nobody called nobody."),
        (["person", "helper", "--tokens-per-day", "1"], "limit it as an assistant"),
        (["assistant", "ana", "--tokens-per-day", "1"], "There is no assistant ana."),
        (["person", "ana", "--tokens-per-day=-1"], "a limit is not below nothing"),
        (["person", "ana", "--cost-per-month=much"], "is no amount of money"),
        (["person", "ana", "--cost-per-month=-1"], "cost_per_month:"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(ana: User, words: list[str], said: str):
    make_assistant("helper")

    assert said in complaint("limit", *words)
    assert UsageLimit.objects.count() == 0
