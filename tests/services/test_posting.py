"""What several say at the same moment is stored by one transaction; one that is refused harms no other."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
from django.db import OperationalError, ProgrammingError, connection
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from chat import metrics
from chat.exceptions import EmptyMessage, NotAMember, NotFound
from chat.markup import TEXT_LIMIT
from chat.models import Mention, Message, Reply, Room, User
from chat.prepared import PreparedInsert
from chat.replies import worker
from chat.services.chats import new_chat
from chat.services.messages import post_message
from chat.services.posting import Words, post_together
from chat.services.storing import Posted
from tests.announcements import Heard, heard
from tests.factories import fresh, make_assistant, make_room

__all__ = ["heard"]


def texts(room: Room) -> list[tuple[int, str]]:
    return list(Message.objects.in_room(room).order_by("sequence").values_list("sequence", "text"))


def messages(found: list[Posted | Exception]) -> list[Message]:
    assert all(isinstance(each, Posted) and each.is_new for each in found), found
    return [each.message for each in found if isinstance(each, Posted)]


def test_each_is_stored_with_numbers_of_its_own_in_the_order_it_was_said(ana: User, ben: User, garden: Room):
    before = garden.revision

    stored = messages(post_together(garden, [Words(ana, "**one**"), Words(ben, "two"), Words(ana, "three @ben")]))

    room = fresh(garden)
    assert [(message.sequence, message.revision) for message in stored] == [
        (number, before + number) for number in (1, 2, 3)
    ]
    assert (room.last_sequence, room.revision) == (3, before + 3)
    assert stored[0].html == "<p><strong>one</strong></p>"
    assert list(Mention.objects.values_list("message", "user")) == [(stored[2].pk, ben.pk)]


def test_many_need_no_more_statements_than_one(ana: User, ben: User, garden: Room):
    """Their read pointers are moved one by one, but in one go."""

    def asked(*people: User) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            messages(post_together(garden, [Words(person, "It rains.", uuid.uuid4()) for person in people]))
        return [re.sub(r"^\d+ times: ", "", query["sql"])[:30] for query in queries]

    assert asked(ana, ben, ana) == asked(ana)


def test_one_that_is_refused_harms_no_other(ana: User, ben: User, eve: User, garden: Room):
    private = make_room("closed", ben, owner=ana, kind=Room.Kind.PRIVATE)

    found = post_together(
        private,
        [
            Words(ana, "one"),
            Words(eve, "let me in"),
            Words(ben, " \n"),
            Words(ben, "two", reply_to=10**9),
            Words(ben, "x" * (TEXT_LIMIT + 1)),
            Words(ben, "three"),
        ],
    )

    assert [type(each).__name__ for each in found] == [
        *("Posted", NotAMember.__name__, EmptyMessage.__name__, NotFound.__name__, "TooLong", "Posted")
    ]
    assert texts(private) == [(1, "one"), (2, "three")]
    assert fresh(private).last_sequence == 2


@pytest.mark.django_db(transaction=True)
def test_what_was_stored_together_is_announced_together_and_in_order(ana: User, ben: User, heard: Heard):
    garden = make_room("garden", ben, owner=ana)
    heard.forget()
    moments: list[list[str]] = []

    def moment(events: Sequence[Mapping[str, Any]]) -> AbstractContextManager[None]:
        moments.append([event["kind"] for event in events])
        return nullcontext()

    heard.publisher.moment = moment
    post_together(garden, [Words(ana, "one"), Words(ben, "two")])

    assert [event["kind"] for event in heard.everything()] == ["change", "activity"] * 2
    assert moments == [["change", "activity"] * 2]


@pytest.mark.django_db(transaction=True)
def test_whatever_they_bring_about_is_announced_by_its_number(ana: User, ben: User, heard: Heard):
    """Somebody comes in by speaking, an answer gets its place: nobody who listens finds a gap."""
    square = make_room("square", ana, kind=Room.Kind.PUBLIC)
    make_assistant("helper", square)
    before = fresh(square).revision
    heard.forget()

    post_together(square, [Words(ana, "@helper when?"), Words(ben, "Here I am, @ana"), Words(ana, "Welcome!")])

    told = [event["revision"] for event in heard.of_kind("change")]
    assert told == list(range(before + 1, fresh(square).revision + 1))
    assert texts(square) == [(1, "@helper when?"), (2, "Here I am, @ana"), (3, "Welcome!"), (4, "")]


@pytest.mark.django_db(transaction=True)
def test_a_question_and_its_answers_place_are_announced_together_and_then_it_is_claimed(
    ana: User, heard: Heard, monkeypatch: pytest.MonkeyPatch
):
    """A room is written to once for both, and not later where the claim has to wait for the database."""
    garden = make_room("garden", ana)
    make_assistant("helper", garden)
    heard.forget()
    happened: list[object] = []

    def moment(events: Sequence[Mapping[str, Any]]) -> AbstractContextManager[None]:
        happened.append([event["kind"] for event in events])
        return nullcontext()

    class Worker:
        def wake(self) -> None:
            heard.everything()
            happened.append("claimed")

    heard.publisher.moment = moment
    monkeypatch.setattr(worker, "_workers", {heard.publisher.loop: Worker()})
    post_message(room=garden, author=ana, text="@helper where is the tide?")
    heard.everything()

    assert happened == [["change", "activity"] * 2, "claimed"]


def test_what_only_together_cannot_be_stored_is_told_of_and_stored(
    ana: User, ben: User, garden: Room, monkeypatch: pytest.MonkeyPatch
):
    """Without its words. Nothing that is refused is told of."""
    insert = PreparedInsert.insert_all

    def insert_few(self, rows):
        if len(rows) > 1:
            raise ProgrammingError("one; two")
        insert(self, rows)

    monkeypatch.setattr(PreparedInsert, "insert_all", insert_few)
    with capture_logs() as logs:
        post_together(garden, [Words(ana, "one"), Words(ben, "two")])
        post_together(garden, [Words(ana, "three"), Words(ben, "four", reply_to=10**9)])

    assert texts(garden) == [(1, "one"), (2, "two"), (3, "three")]
    assert logs == [{"event": "posts_apart", "log_level": "warning", "reason": "ProgrammingError"}]


@pytest.mark.django_db(transaction=True)
def test_each_is_announced_once_also_where_another_was_refused(ana: User, ben: User, eve: User, heard: Heard):
    private = make_room("closed", ben, owner=ana, kind=Room.Kind.PRIVATE)
    heard.forget()

    post_together(private, [Words(ana, "one"), Words(eve, "let me in"), Words(ben, "two")])

    told = [event["revision"] for event in heard.of_kind("change")]
    assert told == [fresh(private).revision - 1, fresh(private).revision]


def test_what_was_sent_twice_is_said_once(ana: User, garden: Room):
    client_id = uuid.uuid4()

    counted = metrics.POSTS.value
    first, again = post_together(garden, [Words(ana, "once", client_id), Words(ana, "once", client_id)])

    assert isinstance(first, Posted)
    assert isinstance(again, Posted)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.message.pk == first.message.pk
    assert texts(garden) == [(1, "once")]
    assert metrics.POSTS.value == counted + 1


def test_every_one_of_them_asks_the_assistant_that_answers_there(ana: User):
    helper = make_assistant("helper")
    chat = new_chat(by=ana, assistant=helper)

    post_together(chat, [Words(ana, "What is a tide?"), Words(ana, "And a swell?")])

    assert Reply.objects.filter(assistant=helper).count() == 2
    assert fresh(chat).name == "What is a tide?"
    assert [sequence for sequence, _ in texts(chat)] == [1, 2, 3, 4]


@pytest.mark.parametrize("refused", ['INSERT INTO "chat_message"', 'SELECT "chat_user"'])
def test_where_the_database_is_away_nothing_is_tried_again(ana: User, ben: User, garden: Room, refused: str):
    """Nobody knows whether it has taken what it did not answer: the same words might be said twice."""
    tries = 0

    def go_away(execute, sql, params, many, context):
        nonlocal tries
        if sql.startswith(refused):
            tries += 1
            raise OperationalError("the server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(go_away), pytest.raises(OperationalError):
        post_together(garden, [Words(ana, "one @ben"), Words(ben, "two")])

    assert tries == 1
    assert texts(garden) == []
