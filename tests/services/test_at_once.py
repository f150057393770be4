"""What holds when several do it in the same moment: on both databases, with threads that commit."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from functools import partial

import pytest

from chat.catchup import catch_up
from chat.exceptions import ChatError, NameTaken, NotFound
from chat.models import Assistant, Mention, Message, Reply, Room, User
from chat.providers import Turn
from chat.services.completions import Busy, Commission, Wish, commission
from chat.services.memberships import join_room
from chat.services.messages import delete_message, edit_message, post_message
from chat.services.people import create_person
from chat.services.replies import retry_reply
from chat.services.rooms import create_room, direct_room
from chat.services.stopping import stop_reply
from tests.announcements import Heard, heard
from tests.at_once import at_once
from tests.factories import PASSWORD, fresh, make_assistant, make_message, make_person, make_reply, make_room

__all__ = ["heard"]
pytestmark = pytest.mark.django_db(transaction=True)

EACH = 100


@pytest.fixture
def people() -> list[User]:
    """Ana, Ben and two more."""
    return [make_person(name) for name in ("ana", "ben", "cem", "dia")]


@pytest.fixture
def room(people: list[User]) -> Room:
    return make_room("garden", *people[1:], owner=people[0], kind=Room.Kind.PRIVATE)


def say_much(room: Room, author: User) -> None:
    for number in range(EACH):
        post_message(room=room, author=author, text=f"{author} {number}", client_id=uuid.uuid4())


def watch(room: Room, until: int) -> list[list[tuple[int, int]]]:
    """Ask what changed again and again, as a page does: revision and sequence of each message, for each answer."""
    since, seen, answers = room.revision, 0, []
    while seen < until:
        answer = catch_up(room.pk, since)
        assert answer.changes is not None
        frames = [json.loads(change.frame.json) for change in answer.changes]
        answers.append([(frame["revision"], frame["message"]["sequence"]) for frame in frames if "message" in frame])
        since, seen = answer.revision, len({sequence for told in answers for _, sequence in told})
    return answers


def test_two_write_a_hundred_messages_each_while_a_third_watches(people: list[User], room: Room, heard: Heard):
    ana, ben, *_ = people
    heard.forget()

    _, _, answers = at_once(partial(say_much, room, ana), partial(say_much, room, ben), partial(watch, room, 2 * EACH))

    numbers = list(range(1, 2 * EACH + 1))
    stored = list(Message.objects.order_by("sequence").values_list("sequence", "revision"))
    assert stored == [(number, room.revision + number) for number in numbers]
    assert (fresh(room).last_sequence, fresh(room).revision) == (2 * EACH, room.revision + 2 * EACH)
    assert all(told == sorted(told) for told in answers)
    assert sorted({sequence for told in answers for _, sequence in told}) == numbers
    assert sorted(change["revision"] for change in heard.of_kind("change")) == [revision for _, revision in stored]


def test_each_author_s_messages_keep_their_order(people: list[User], room: Room):
    ana, ben, *_ = people

    at_once(partial(say_much, room, ana), partial(say_much, room, ben))

    for author in (ana, ben):
        texts = Message.objects.filter(author=author).order_by("sequence").values_list("text", flat=True)
        assert list(texts) == [f"{author} {number}" for number in range(EACH)]


def test_a_message_sent_four_times_at_once_is_one(people: list[User], room: Room, heard: Heard):
    ana = people[0]
    make_assistant("helper", room)
    before = fresh(room)
    heard.forget()

    send = partial(post_message, room=room, author=ana, text="@helper hello @ben", client_id=uuid.uuid4())
    posted = at_once(send, send, send, send)

    assert Counter(result.is_new for result in posted) == {True: 1, False: 3}
    assert len({result.message.pk for result in posted}) == 1
    assert (Reply.objects.count(), Mention.objects.count()) == (1, 2)
    assert fresh(room).last_sequence == before.last_sequence + 2  # the message, and the reply it asks for
    assert len(heard.of_kind("change")) == 2


def test_four_post_into_a_public_room_at_once_and_all_are_in_it(people: list[User]):
    square = make_room("square")

    posted = at_once(*(partial(make_message, square, person) for person in people))

    assert sorted(message.sequence for message in posted) == [1, 2, 3, 4]
    assert square.memberships.count() == 4
    revisions = [square.revision, *Message.objects.order_by("sequence").values_list("revision", flat=True)]
    assert revisions == sorted(set(revisions))


def test_joining_twice_at_once_is_joining_once(people: list[User]):
    square = make_room("square")

    joined = at_once(*[partial(join_room, room=square, user=people[0])] * 4)

    assert len({membership.pk for membership in joined}) == 1


def test_edits_at_once_each_take_a_number(people: list[User], room: Room):
    ana = people[0]
    message = make_message(room, ana)
    before = fresh(room).revision

    at_once(*(partial(edit_message, message=message, by=ana, text=f"version {number}") for number in range(4)))

    message.refresh_from_db()
    assert message.revision == fresh(room).revision == before + 4
    assert message.html == f"<p>{message.text}</p>"


def test_of_an_edit_and_a_deletion_at_once_the_deletion_stays(people: list[User], room: Room):
    ana = people[0]
    message = make_message(room, ana)

    edited, deleted = at_once(
        partial(edit_message, message=message, by=ana, text="otherwise"),
        partial(delete_message, message=message, by=ana),
    )

    assert isinstance(edited, Message | NotFound)
    assert deleted.is_deleted is True
    message.refresh_from_db()
    assert (message.text, message.html, message.is_deleted) == ("", "", True)


def test_two_delete_at_once_and_it_is_deleted_once(people: list[User], room: Room):
    message = make_message(room, people[0])
    before = fresh(room).revision

    results = at_once(*[partial(delete_message, message=message, by=people[0])] * 2)

    assert Counter(type(result) for result in results) == {Message: 1, NotFound: 1}
    assert fresh(room).revision == before + 1


def test_the_same_direct_room_asked_for_from_both_sides_is_one(people: list[User]):
    ana, ben, *_ = people

    rooms = at_once(partial(direct_room, by=ana, others=[ben]), partial(direct_room, by=ben, others=[ana]))

    assert rooms[0] == rooms[1]
    assert rooms[0].memberships.count() == 2


def test_an_address_wanted_by_four_is_given_once(people: list[User]):
    results = at_once(*(partial(create_room, by=person, name="Lab", slug="lab") for person in people))

    assert Counter(type(result) for result in results) == {Room: 1, NameTaken: 3}
    assert Room.objects.get(slug="lab").memberships.count() == 1


def test_a_name_wanted_by_four_is_given_once(people: list[User]):
    results = at_once(*[partial(create_person, name="eve", password=PASSWORD)] * 4)

    assert Counter(type(result) for result in results) == {User: 1, NameTaken: 3}


def test_a_reply_is_stopped_once_and_retried_once(people: list[User], room: Room):
    ana = people[0]
    reply = make_reply(room, ana, make_assistant("helper", room))

    stopped = at_once(*[partial(stop_reply, message=reply, by=ana)] * 3)
    retried = at_once(*[partial(retry_reply, message=reply, by=ana)] * 3)

    assert Counter(isinstance(result, ChatError) for result in stopped) == {False: 1, True: 2}
    assert Counter(isinstance(result, ChatError) for result in retried) == {False: 1, True: 2}
    reply.refresh_from_db()
    assert (reply.status, reply.attempt_number) == ("queued", 2)


def test_a_back_end_is_asked_no_more_at_once_than_it_may(people: list[User]):
    make_assistant("helper")
    Assistant.objects.update(at_once=1)
    wish = Wish(turns=(Turn("user", "hello"),))

    results = at_once(*(partial(commission, by=person, model="helper", wish=wish) for person in people))

    assert Counter(type(result) for result in results) == {Commission: 1, Busy: 3}
