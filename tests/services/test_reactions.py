"""What people say with one emoji."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat import markup, wire
from chat.exceptions import Invalid, NotAMember, NotFound, RoomArchived, StillRunning
from chat.models import Message, Room, User
from chat.models.reactions import MOST_EMOJI, MOST_NAMES, MOST_PEOPLE
from chat.replies import ledger
from chat.replies.outcomes import Outcome
from chat.services.messages import delete_message, edit_message
from chat.services.reactions import toggle_reaction
from chat.services.rooms import archive_room
from tests.announcements import Heard, heard
from tests.at_once import at_once
from tests.factories import crowd, fresh, make_assistant, make_message, make_person, make_reply, make_room

__all__ = ["heard"]


@pytest.fixture
def message(ana: User, garden: Room) -> Message:
    return make_message(garden, ana)


def said(message: Message) -> dict[str, list[str]]:
    """Who, by emoji, in their order."""
    now = Message.objects.whole().get(pk=message.pk)
    return {emoji: [person["name"] for person in people] for emoji, people in wire.message(now)["reactions"].items()}


def test_each_says_so_once_and_takes_it_back(ana: User, ben: User, message: Message) -> None:
    for by, emoji in ((ben, "👍"), (ana, "🎉"), (ana, "👍")):
        toggle_reaction(message=message, by=by, emoji=emoji)
    assert list(said(message).items()) == [("👍", ["ben", "ana"]), ("🎉", ["ana"])]

    toggle_reaction(message=message, by=ana, emoji="🎉")
    toggle_reaction(message=message, by=ben, emoji="👍")
    assert said(message) == {"👍": ["ana"]}


@pytest.mark.django_db(transaction=True)
def test_it_is_a_change_of_the_room_and_everybody_is_told_the_whole(
    ben: User, message: Message, garden: Room, heard: Heard
) -> None:
    before = fresh(garden).revision
    heard.forget()

    toggle_reaction(message=message, by=ben, emoji="👍")

    (event,) = heard.of_kind("change")
    now = Message.objects.get(pk=message.pk)
    assert event["revision"] == now.revision == fresh(garden).revision == before + 1
    assert f'"reactions":{{"👍":[{{"id":{ben.pk},"name":"ben"}}]}}' in event["json"]
    assert f'data-by="{ben.pk}" title="ben"><span>👍</span> 1 <' in event["html"]


def test_a_heart_is_the_same_with_and_without_its_colours(ana: User, ben: User, message: Message) -> None:
    toggle_reaction(message=message, by=ana, emoji="❤️")
    toggle_reaction(message=message, by=ben, emoji="❤")
    toggle_reaction(message=message, by=ana, emoji="❤")

    assert said(message) == {"❤️": ["ben"]}


@pytest.mark.parametrize("emoji", ["", "no", "👍👍", "<b>"])
def test_words_are_no_reaction(ana: User, message: Message, emoji: str) -> None:
    with pytest.raises(Invalid):
        toggle_reaction(message=message, by=ana, emoji=emoji)
    assert said(message) == {}


def test_who_may_not_write_may_not_react(ana: User, eve: User, message: Message, garden: Room) -> None:
    with pytest.raises(NotAMember):
        toggle_reaction(message=message, by=eve, emoji="👍")
    archive_room(room=garden, by=ana)
    with pytest.raises(RoomArchived):
        toggle_reaction(message=message, by=ana, emoji="👍")
    assert said(message) == {}


def test_who_reacts_in_a_public_room_joins_it_as_who_writes_there(ana: User, eve: User) -> None:
    square = make_room("square", owner=ana)

    toggle_reaction(message=make_message(square, ana), by=eve, emoji="👍")

    assert square.membership_of(eve) is not None


def test_a_reply_is_judged_when_it_is_there(ana: User, garden: Room) -> None:
    reply = make_reply(garden, ana, make_assistant("helper", garden))
    with pytest.raises(StillRunning):
        toggle_reaction(message=reply, by=ana, emoji="👍")

    (lease,) = ledger.claim("a writer", 1)
    ledger.finish(lease, Outcome(status="complete", reason="stop", text="Yes.", body=markup.render("Yes.")))
    toggle_reaction(message=reply, by=ana, emoji="👍")
    assert said(reply) == {"👍": ["ana"]}


def test_an_edit_keeps_them_and_nothing_is_left_of_them_on_a_tombstone(ana: User, ben: User, message: Message) -> None:
    toggle_reaction(message=message, by=ben, emoji="👍")
    edit_message(message=message, by=ana, text="hello again")
    assert said(message) == {"👍": ["ben"]}

    delete_message(message=message, by=ana)
    assert said(message) == {}
    assert Message.objects.get(pk=message.pk).reactions is None
    with pytest.raises(NotFound):
        toggle_reaction(message=message, by=ben, emoji="👍")


def test_what_a_version_that_knew_none_left_on_a_tombstone_is_not_told(ana: User, message: Message) -> None:
    toggle_reaction(message=message, by=ana, emoji="👍")
    delete_message(message=message, by=ana)
    Message.objects.filter(pk=message.pk).update(reactions=[["👍", [ana.pk]]])

    assert said(message) == {}


def test_there_are_bounds_and_whatever_is_there_can_still_be_taken_back(ana: User, ben: User, message: Message) -> None:
    kept = [[chr(0x1F600 + number), [ben.pk]] for number in range(MOST_EMOJI)]
    kept[0][1] = [*range(1_000_001, 1_000_000 + MOST_PEOPLE), ben.pk]
    Message.objects.filter(pk=message.pk).update(reactions=kept)
    for emoji in ("👍", "\U0001f600"):
        with pytest.raises(Invalid):
            toggle_reaction(message=message, by=ana, emoji=emoji)

    toggle_reaction(message=message, by=ben, emoji="\U0001f600")
    toggle_reaction(message=message, by=ana, emoji="\U0001f600")
    toggle_reaction(message=message, by=ben, emoji="\U0001f601")
    toggle_reaction(message=message, by=ana, emoji="👍")
    assert said(message)["👍"] == ["ana"]


def test_who_is_no_more_on_the_site_is_not_named(ana: User, message: Message) -> None:
    kept = [["👍", [1_000_001, ana.pk]], ["🎉", [1_000_001]]]
    Message.objects.filter(pk=message.pk).update(reactions=kept)

    assert said(message) == {"👍": ["ana"]}


def test_many_are_named_in_part(ana: User, message: Message, garden: Room) -> None:
    crowd(garden, MOST_NAMES + 5)
    people = [ana.pk, *garden.memberships.exclude(user=ana).values_list("user", flat=True)[: MOST_NAMES + 4]]
    Message.objects.filter(pk=message.pk).update(reactions=[["👍", people]])

    (reaction,) = Message.objects.get(pk=message.pk).reacted
    assert reaction.names.startswith("ana, ")
    assert reaction.names.endswith(" and 5 more")
    assert reaction.ids.split() == [str(pk) for pk in people]


def test_whose_they_are_is_asked_once_for_all_messages(ana: User, ben: User, garden: Room) -> None:
    for number in range(5):
        toggle_reaction(message=make_message(garden, ana, f"line {number}"), by=ben, emoji="👍")

    with CaptureQueriesContext(connection) as captured:
        messages = list(Message.objects.in_room(garden).whole())
        assert [len(message.reacted) for message in messages] == [1] * 5
    assert len(captured) == 3  # messages, files, people


@pytest.mark.django_db(transaction=True)
def test_all_are_counted_who_say_so_in_the_same_moment() -> None:
    people = [make_person(f"friend-{number}") for number in range(6)]
    message = make_message(make_room("garden", *people, owner=people[0]), people[0])

    at_once(*[lambda by=by: toggle_reaction(message=message, by=by, emoji="👍") for by in people])

    assert sorted(said(message)["👍"]) == sorted(person.username for person in people)
