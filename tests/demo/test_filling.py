"""A room that was filled in blocks cannot be told from one in which all of it was said."""

from __future__ import annotations

from itertools import pairwise

import pytest

from chat.catchup import catch_up
from chat.demo.filling import open_crowded_room
from chat.models import Attempt, Mention, Message, Reply, Room, User
from chat.services.messages import post_message
from tests.commands.running import complaint, run
from tests.factories import make_message, make_person, make_room

pytestmark = pytest.mark.django_db
COUNT = 2_500


@pytest.fixture
def filled() -> Room:
    run("fillroom", "big", "--messages", str(COUNT))
    return Room.objects.get(slug="big")


def test_every_place_and_every_number_is_taken_once(filled: Room) -> None:
    rows = list(Message.objects.in_room(filled).order_by("sequence"))

    assert [row.sequence for row in rows] == list(range(1, COUNT + 1))
    assert filled.last_sequence == COUNT
    created, changed = [row.created_revision for row in rows], {row.revision for row in rows}
    assert all(earlier < later for earlier, later in pairwise(created))
    assert len(changed) == COUNT
    assert max(changed) <= filled.revision
    assert all(earlier.created_at <= later.created_at for earlier, later in pairwise(rows))


def test_it_holds_everything_that_happens_in_a_room(filled: Room) -> None:
    rows = Message.objects.in_room(filled)

    assert rows.filter(edited_at__isnull=False).count() > COUNT / 100
    assert rows.filter(deleted_at__isnull=False).count() > COUNT / 200
    assert rows.filter(reply_to__isnull=False).count() > COUNT / 50
    assert rows.filter(attempt_number=1).count() == Reply.objects.count() > COUNT / 100
    assert not rows.filter(status__in=Message.RUNNING).exists()
    assert not rows.filter(mentions__isnull=False, deleted_at__isnull=False).exists()
    assert Mention.objects.filter(user__username="crowd-2").count() > COUNT / 200


def test_its_tables_are_tables(filled: Room) -> None:
    with_one = Message.objects.in_room(filled).filter(text__contains="| port |").values_list("html", flat=True)

    assert with_one
    assert all("<table" in html for html in with_one)


def test_its_replies_are_whole(filled: Room) -> None:
    for reply in Reply.objects.select_related("message", "prompt", "current"):
        assert reply.current == Attempt.objects.get(reply=reply)
        assert reply.message.text == reply.current.text
        assert reply.prompt.sequence == reply.message.sequence - 1
        assert reply.message.created_revision < reply.message.revision


def test_it_goes_on_and_people_can_talk_in_it(filled: Room) -> None:
    ben = User.objects.get(username="crowd-2")

    said = post_message(room=filled, author=ben, text="and now?").message
    run("fillroom", "big", "--messages", str(COUNT + 11))

    assert said.sequence == COUNT + 1
    assert Room.objects.get(slug="big").last_sequence == COUNT + 11
    assert catch_up(filled.pk, filled.revision).changes is not None
    assert catch_up(filled.pk, 0).changes is None


def test_again_it_adds_nothing(filled: Room) -> None:
    run("fillroom", "big", "--messages", str(COUNT))

    assert Room.objects.get(slug="big").revision == filled.revision


def test_it_is_done_a_block_at_a_time() -> None:
    filling = open_crowded_room("big")

    assert list(filling.until(2_100)) == [1000, 2000, 2100]


def test_a_room_in_which_others_have_talked_is_left_alone() -> None:
    ana = make_person("ana")
    make_message(make_room("garden", ana), ana)

    assert "People have talked in garden" in complaint("fillroom", "garden", "--messages", "10")
    assert "10 messages" in run("fillroom", "garden", "--messages", "10", "--force")


def test_a_site_that_people_use_is_left_alone(settings) -> None:
    settings.SITE_URL = "https://chat.example.org"

    assert "chat.example.org looks like a site" in complaint("fillroom", "big", "--messages", "10")
    assert not Room.objects.filter(slug="big").exists()
    assert "10 messages" in run("fillroom", "big", "--messages", "10", "--force")


@pytest.mark.parametrize("count", ["99999999999999999999", "9" * 5000, "-1", "many"])
def test_a_number_that_no_room_has_is_refused_in_one_line(count: str) -> None:
    said = complaint("fillroom", "big", "--messages", count)

    assert said.startswith("Error: argument --messages: ")
    assert "\n" not in said
    assert not Room.objects.exists()
