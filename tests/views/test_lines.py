"""The page is drawn by its reader's clock before any script runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chat.models import Message, Room, User
from chat.services.messages import delete_message
from tests.factories import make_assistant, make_message, make_reply
from tests.views.conftest import browser
from tests.views.markup import Element, parse

EVENING = datetime(2024, 2, 28, 23, 30, tzinfo=UTC)


def said_at(room: Room, author: User, at: datetime, text: str = "hello", **options: int) -> Message:
    message = make_message(room, author, text, **options)
    Message.objects.filter(pk=message.pk).update(created_at=at)
    return message


def page(reader: User, clock: str = "24.UTC") -> Element:
    client = browser(reader)
    client.cookies["clock"] = clock
    return parse(client.get("/rooms/garden/").content.decode())


def days(tree: Element) -> list[str]:
    return [heading.text for heading in tree.find("h2", class_="divider divider--day")]


def times(tree: Element) -> list[str]:
    return [time.text for time in tree.find("time")]


def follows(tree: Element) -> list[bool]:
    said = [article for article in tree.find("article") if "data-sequence" in article.attributes]
    return ["message--follow" in article.attributes["class"] for article in said]


def test_a_day_begins_where_the_reader_is(garden: Room, ana: User, ben: User) -> None:
    for minutes in (0, 60):
        said_at(garden, ana, EVENING + timedelta(minutes=minutes))

    assert days(page(ben)) == ["Wednesday 28 February 2024", "Thursday 29 February 2024"]
    assert times(page(ben)) == ["23:30", "00:30"]
    assert days(page(ben, "12.America/New_York")) == ["Wednesday 28 February 2024"]
    assert times(page(ben, "12.America/New_York")) == ["6:30 PM", "7:30 PM"]
    assert [half.text for half in page(ben, "12.America/New_York").find("span", class_="half-day")] == ["PM", "PM"]


def test_a_day_is_written_as_its_reader_writes_it(garden: Room, ana: User) -> None:
    said_at(garden, ana, EVENING)
    make_message(garden, ana)

    then, now = days(page(ana, "12m.UTC"))

    assert then == "Wednesday, February 28, 2024"
    assert now == f"{datetime.now(UTC):%A, %B} {datetime.now(UTC).day}"


def test_the_zone_one_has_chosen_counts_before_the_browsers(garden: Room, ana: User) -> None:
    said_at(garden, ana, EVENING)
    User.objects.filter(pk=ana.pk).update(time_zone="Asia/Tokyo")

    assert times(page(ana, "24.America/New_York")) == ["08:30"]


@pytest.mark.parametrize(
    "cookie", ["", "24.", "12", "x.y.z", "24.../../etc/passwd", "24.Europe", "24.Nowhere/Else", "24./"]
)
def test_a_clock_that_cannot_be_read_is_utc(garden: Room, ana: User, cookie: str) -> None:
    said_at(garden, ana, EVENING)

    assert days(page(ana, cookie)) == ["Wednesday 28 February 2024"]


def test_this_year_goes_without_saying(garden: Room, ana: User) -> None:
    make_message(garden, ana)

    (name,) = days(page(ana))

    assert str(datetime.now(UTC).year) not in name


def test_one_goes_on_within_five_minutes_if_nothing_is_between(garden: Room, ana: User, ben: User) -> None:
    first = said_at(garden, ana, EVENING)
    said_at(garden, ana, EVENING + timedelta(minutes=4))
    said_at(garden, ana, EVENING + timedelta(minutes=9))
    said_at(garden, ben, EVENING + timedelta(minutes=10))
    said_at(garden, ben, EVENING + timedelta(minutes=10), reply_to=first.pk)
    said_at(garden, ben, EVENING + timedelta(minutes=11))
    delete_message(message=said_at(garden, ben, EVENING + timedelta(minutes=12)), by=ben)
    said_at(garden, ben, EVENING + timedelta(minutes=13))
    said_at(garden, ben, EVENING + timedelta(minutes=31))

    assert follows(page(ana)) == [False, True, False, False, False, True, False, False, False]


def test_a_reply_stands_by_itself(garden: Room, ana: User) -> None:
    helper = make_assistant("helper", garden)
    for _ in range(2):
        make_reply(garden, ana, helper)

    assert True not in follows(page(ana))


def test_nobody_goes_on_across_the_line_new(garden: Room, ana: User, ben: User) -> None:
    first, _ = said_at(garden, ana, EVENING), said_at(garden, ana, EVENING)
    garden.memberships.filter(user=ben).update(last_read_sequence=first.sequence)

    assert follows(page(ben)) == [False, False]


def test_a_page_of_history_is_drawn_by_the_clock_and_a_fragment_of_it_knows_none(garden: Room, ana: User) -> None:
    for minutes in (0, 1):
        said_at(garden, ana, EVENING + timedelta(minutes=minutes))
    whole, part = (browser(ana, htmx=htmx).get("/rooms/garden/messages/").content.decode() for htmx in (False, True))

    assert (follows(parse(whole)), days(parse(whole))) == ([False, True], ["Wednesday 28 February 2024"])
    assert (follows(parse(part)), days(parse(part))) == ([False, False], [])
