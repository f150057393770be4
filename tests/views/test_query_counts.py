"""What a page costs does not grow with what it shows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Room, User
from chat.services.reactions import toggle_reaction
from chat.services.rooms import direct_room
from tests.factories import crowd, make_assistant, make_message, make_messages, make_person, make_reply, make_room
from tests.views.conftest import browser

MOST = 12


def queries_of(user: User, path: str, *, htmx: bool = False) -> int:
    client = browser(user, htmx=htmx)
    client.get(path)  # what a first visit writes, it writes once
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def fill(garden: Room, ana: User, count: int) -> None:
    """Messages of several people, reactions, answers, replies; rooms, direct rooms."""
    helper = make_assistant("helper", garden)
    for number in range(count):
        friend = make_person(f"friend-{number}")
        question = make_message(garden, friend, f"@ana @helper {number}")
        make_message(garden, ana, "yes", reply_to=question.pk)
        make_reply(garden, ana, helper)
        toggle_reaction(message=question, by=friend, emoji="👍")
        make_messages(2, make_room(f"bed-{number}", ana, owner=friend), friend)
        make_message(direct_room(by=friend, others=[ana]), friend)


@pytest.mark.parametrize(
    "path",
    [
        "/rooms/garden/",
        "/rooms/garden/?around=3",
        "/rooms/garden/messages/?before=40",
        "/rooms/",
        "/people/",
        "/rooms/garden/settings",
    ],
)
def test_a_page_takes_as_many_queries_for_thirty_rows_as_for_one(garden: Room, ana: User, path: str) -> None:
    fill(garden, ana, 1)
    few = queries_of(ana, path)

    User.objects.filter(username="friend-0").update(username="first")
    Room.objects.filter(slug="bed-0").update(slug="first")
    fill(garden, ana, 30)

    assert queries_of(ana, path) == few
    assert few <= MOST


def test_a_room_of_a_thousand_has_its_settings_for_as_many_queries_as_one_of_two(garden: Room, ana: User) -> None:
    make_assistant("helper", garden)
    few = queries_of(ana, "/rooms/garden/settings")

    crowd(garden, 1000)

    assert queries_of(ana, "/rooms/garden/settings") == few
    assert queries_of(ana, "/rooms/garden/settings?q=friend-9&page=2") == few + 1  # how many there are in all


def test_a_fragment_of_history_takes_five_one_for_those_who_wait_and_one_for_those_who_react(
    garden: Room, ana: User
) -> None:
    fill(garden, ana, 10)

    assert queries_of(ana, "/rooms/garden/messages/?before=25", htmx=True) == 7
