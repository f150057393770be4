"""A house to look at: it is there after one command, and the same after two."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.demo.holding import FAR_AWAY
from chat.demo.rooms import PLACES
from chat.models import Membership, Message, Reply, Room, User
from chat.replies import ledger
from chat.services.assistants import save_assistant
from tests.commands.running import complaint, run
from tests.factories import make_assistant, make_message, make_person, make_reply, make_room

PASSWORD = "harbour-lights-7"
SMALL = tuple(place for place in PLACES if place.slug in ("general", "release", "design", "summer-regatta"))


@pytest.fixture
def small_house(db: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """With few rooms, for what does not need all."""
    monkeypatch.setattr("chat.demo.opening.PLACES", SMALL)
    return run("demo", password=PASSWORD)


def test_words_were_edited_deleted_and_quoted(small_house: str):
    messages = Message.objects.filter(room__slug="release")

    assert messages.filter(edited_at__isnull=False).count() == 2
    assert messages.get(deleted_at__isnull=False).author.username == "tomasz"
    assert {quoting.reply_to.author.username for quoting in messages.exclude(reply_to=None)} == {"ben", "helper"}  # type: ignore[union-attr]
    assert messages.filter(edited_at__lt=F("created_at")).count() == 0


def test_again_it_adds_nothing(small_house: str):
    before = Message.objects.count(), Membership.objects.count(), User.objects.count(), Room.objects.count()

    with CaptureQueriesContext(connection) as queries:
        said = run("demo")

    assert said.splitlines()[0] == "Everything is here already."
    assert (Message.objects.count(), Membership.objects.count(), User.objects.count(), Room.objects.count()) == before
    assert [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "DELETE"))] == []


def test_what_was_said_since_stays_alone(small_house: str):
    design = Room.objects.get(slug="design")
    make_message(design, User.objects.get(username="ana"), "And now me.")

    run("demo")

    assert design.messages.order_by("-sequence")[0].text == "And now me."


def test_everybody_gets_in_with_the_password_given(small_house: str):
    assert all(user.check_password(PASSWORD) for user in User.objects.filter(kind="person"))
    assert small_house.splitlines()[1:] == ["Open http://127.0.0.1:8000 and sign in as ana, or as any of the others."]


@pytest.mark.django_db
def test_without_one_a_password_is_made_and_shown_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("chat.demo.opening.PLACES", SMALL)

    shown = run("demo").rpartition("Password of all of them: ")[2]

    assert User.objects.get(username="ana").check_password(shown)
    assert shown not in run("demo")
    assert User.objects.get(username="ana").check_password(shown)


def test_another_password_can_be_set_later(small_house: str):
    run("demo", password="another-light-8")

    assert all(user.check_password("another-light-8") for user in User.objects.filter(kind="person"))


@pytest.mark.django_db
def test_a_weak_password_is_refused_and_nobody_moves_in():
    assert "too short" in complaint("demo", "--password=short")
    assert User.objects.filter(kind="person").count() == 0


@pytest.mark.django_db
def test_an_empty_password_is_refused():
    assert complaint("demo", "--password=") == "The password is empty."


@pytest.mark.django_db
def test_a_site_with_people_of_its_own_is_left_alone():
    make_person("root")

    assert complaint("demo") == (
        "This site has people of its own already (root). The demo fills it with invented people and rooms, which "
        "cannot be removed again. Use an empty database, or --force if you are sure."
    )
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_force_lets_the_demo_in_beside_them_and_what_is_said_in_general_stays(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("chat.demo.opening.PLACES", SMALL)
    root = make_person("root")
    general = Room.objects.get(slug="general")
    make_message(general, root, "Mine.")

    run("demo", "--force", password=PASSWORD)

    assert list(general.messages.values_list("text", flat=True)) == ["Mine."]
    assert Room.objects.get(slug="release").last_sequence > 20


@pytest.mark.django_db
@pytest.mark.parametrize("given", [(), ("--force",)])
def test_names_that_are_taken_are_never_taken_over(given: tuple[str, ...]):
    save_assistant(slug="helper", provider="demo")
    make_room("design")

    assert complaint("demo", *given) == "The demo needs these names, and they are in use here: helper, design."


def test_held_replies_stay_queued_thinking_and_half_written(small_house: str):
    run("demo", "--hold")

    held = Reply.objects.filter(is_open=True).select_related("message", "assistant__user").order_by("pk")
    assert [(reply.assistant.slug, reply.message.status, reply.message.html != "") for reply in held] == [
        ("helper", "streaming", True),
        ("scribe", "streaming", False),
        ("house-docs", "queued", False),
    ]
    assert ledger.claim("somebody", limit=10) == []
    assert ledger.free_leases_of_the_dead(frozenset()) == 0


def test_held_again_they_are_the_same_and_their_day_begins_anew(small_house: str):
    run("demo", "--hold")
    count = Message.objects.count()
    soon = timezone.now() + timedelta(minutes=1)
    Reply.objects.filter(lease_owner=FAR_AWAY).update(lease_expires_at=soon)

    assert run("demo", "--hold").splitlines()[0] == "Everything is here already."

    assert Message.objects.count() == count
    assert Reply.objects.filter(lease_owner=FAR_AWAY, lease_expires_at__gt=soon + timedelta(hours=23)).count() == 3


def test_after_their_day_held_replies_are_written_by_whoever_is_here(small_house: str):
    run("demo", "--hold")
    Reply.objects.filter(lease_owner=FAR_AWAY).update(lease_expires_at=ledger.LONG_AGO)

    assert len(ledger.claim("somebody", limit=10)) == 3


@pytest.mark.django_db
def test_replies_that_wait_elsewhere_are_not_touched(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("chat.demo.opening.PLACES", SMALL)
    root, room = make_person("root"), make_room("cellar")
    waiting = make_reply(room, root, make_assistant("other", room))
    Reply.objects.update(created_at=timezone.now() - timedelta(days=300))

    run("demo", "--force", "--hold", password=PASSWORD)

    assert Message.objects.get(pk=waiting.pk).status == "queued"
