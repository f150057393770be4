from __future__ import annotations

import uuid

import pytest

from chat.exceptions import AssistantUnavailable, NotAMember, NotFound, NotRunning, RoomArchived, StillRunning
from chat.models import Attempt, Message, Reply, Room, SiteSettings, User
from chat.replies import ledger
from chat.services.assistants import save_assistant
from chat.services.memberships import remove_member
from chat.services.messages import delete_message
from chat.services.people import create_person
from chat.services.replies import retry_reply
from chat.services.rooms import archive_room, change_room, direct_room
from chat.services.stopping import stop_reply
from tests.factories import fresh, make_assistant, make_message, make_reply, start_reply


def asked(message: Message) -> list[str]:
    """The assistants that will answer, in their order."""
    return list(
        Reply.objects.filter(prompt=message)
        .order_by("message__sequence")
        .values_list("assistant__user__username", flat=True)
    )


@pytest.fixture
def reply(ana: User, garden: Room) -> Message:
    return make_reply(garden, ana, make_assistant("helper", garden))


def test_an_assistant_that_is_named_answers_after_the_message(ana: User, garden: Room):
    make_assistant("helper", garden)
    before = fresh(garden)

    prompt = make_message(garden, ana, "@helper hello")

    answer = Message.objects.get(author__username="helper")
    assert (prompt.sequence, answer.sequence) == (before.last_sequence + 1, before.last_sequence + 2)
    assert (answer.status, answer.attempt_number, answer.text) == ("queued", 1, "")
    assert Reply.objects.values_list("prompt", "asker", "attempt", "is_open").get() == (prompt.pk, ana.pk, 0, True)
    assert fresh(garden).revision == answer.revision == prompt.revision + 1


def test_several_answer_in_the_order_they_are_named(ana: User, garden: Room):
    for slug in ("able", "baker"):
        make_assistant(slug, garden)

    assert asked(make_message(garden, ana, "@baker and @able, and @baker")) == ["baker", "able"]


def test_without_a_name_nobody_answers(ana: User, garden: Room):
    make_assistant("helper", garden)

    assert asked(make_message(garden, ana, "hello")) == []


def test_whoever_hides_assistants_asks_them_only_by_name(ana: User, ben: User, garden: Room):
    helper = make_assistant("helper", garden)
    change_room(room=garden, by=ana, answering_assistant=helper)
    User.objects.filter(pk=ana.pk).update(hides_assistants=True)
    ana.refresh_from_db()

    assert asked(make_message(garden, ana, "hello")) == []
    assert asked(make_message(garden, ana, "@helper hello")) == ["helper"]
    assert asked(make_message(garden, ben, "hello")) == ["helper"]
    assert asked(make_message(direct_room(by=ana, others=[helper.user]), ana, "hello")) == []


def test_switched_off_on_the_site_only_those_who_are_meant_say_so(ana: User, garden: Room):
    helper = make_assistant("helper", garden)
    change_room(room=garden, by=ana, answering_assistant=helper)
    SiteSettings.objects.create(pk=1, has_assistants=False)

    assert asked(make_message(garden, ana, "hello")) == []
    assert asked(make_message(garden, ana, "@helper hello")) == ["helper"]
    assert asked(make_message(direct_room(by=ana, others=[helper.user]), ana, "hello")) == ["helper"]


@pytest.mark.django_db(transaction=True)
def test_switched_off_in_a_room_what_waits_or_is_written_there_stops(ana: User, garden: Room, square: Room):
    helper = make_assistant("helper", garden, square)
    waits, elsewhere = make_reply(garden, ana, helper), make_reply(square, ana, helper)

    change_room(room=garden, by=ana, has_assistants=False)

    waits.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (waits.status, elsewhere.status) == ("stopped", "queued")


@pytest.mark.django_db(transaction=True)
def test_an_assistant_that_is_taken_out_of_a_room_says_nothing_there_any_more(ana: User, garden: Room, square: Room):
    helper, other = make_assistant("helper", garden, square), make_assistant("other", garden)
    written = make_reply(garden, ana, helper)
    ledger.claim("a writer", 1)
    waits, of_another, elsewhere = (
        make_reply(room, ana, assistant) for room, assistant in [(garden, helper), (garden, other), (square, helper)]
    )

    remove_member(room=garden, by=ana, user=helper.user)

    stopped_by = Reply.objects.filter(stopped_by=ana).order_by("pk").values_list("message", "is_open")
    assert list(stopped_by) == [(written.pk, True), (waits.pk, False)]  # who writes the first one ends it
    rest = Message.objects.filter(pk__in=[waits.pk, of_another.pk, elsewhere.pk]).order_by("pk")
    assert [message.status for message in rest] == ["stopped", "queued", "queued"]


def test_an_assistant_of_another_room_or_switched_off_does_not_answer(ana: User, garden: Room, square: Room):
    make_assistant("elsewhere", square)
    make_assistant("off", garden, enabled=False)

    assert asked(make_message(garden, ana, "@elsewhere @off hello")) == []


def test_the_answering_assistant_answers_everything(ana: User, garden: Room):
    helper = make_assistant("helper")
    change_room(room=garden, by=ana, answering_assistant=helper)

    assert asked(make_message(garden, ana, "hello")) == ["helper"]
    assert asked(make_message(garden, ana, "hello @helper")) == ["helper"]


def test_in_a_direct_room_its_assistant_answers_everything(ana: User):
    make_assistant("demo")
    ben = create_person(name="bob")
    room = Room.objects.get(kind="direct", memberships__user=ben)

    assert asked(make_message(room, ben, "hello")) == ["demo"]


def test_assistants_do_not_answer_assistants_nor_bots_that_do_not_name_them(ana: User, garden: Room):
    able, baker = make_assistant("able", garden), make_assistant("baker", garden)
    change_room(room=garden, by=ana, answering_assistant=able)
    bot = create_person(name="cron", kind="bot")
    room = direct_room(by=bot, others=[able.user])

    assert asked(make_message(garden, baker.user, "@able hello")) == []
    assert asked(make_message(room, bot, "hello")) == []
    assert asked(make_message(room, bot, "@able hello")) == ["able"]


def test_a_repeated_send_asks_once(ana: User, garden: Room):
    make_assistant("helper", garden)
    client_id = uuid.uuid4()
    for _ in range(3):
        make_message(garden, ana, "@helper hello", client_id=client_id)

    assert Reply.objects.count() == 1


def test_a_queued_reply_stops_at_once(ana: User, reply: Message):
    stop_reply(message=reply, by=ana)

    reply.refresh_from_db()
    assert (reply.status, reply.attempt_number) == ("stopped", 1)
    assert Reply.objects.values_list("is_open", "stopped_by", "attempt").get() == (False, ana.pk, 1)
    assert Attempt.objects.values_list("number", "status", "finish").get() == (1, "stopped", "stopped")


def test_a_reply_that_is_being_written_is_asked_to_stop(ana: User, reply: Message):
    start_reply(reply)

    stop_reply(message=reply, by=ana)

    assert Reply.objects.values_list("is_open", "stopped_by").get() == (True, ana.pk)


def test_what_has_ended_cannot_be_stopped_and_what_runs_cannot_be_retried(ana: User, reply: Message):
    with pytest.raises(StillRunning):
        retry_reply(message=reply, by=ana)
    stop_reply(message=reply, by=ana)
    with pytest.raises(NotRunning):
        stop_reply(message=reply, by=ana)


def test_retry_queues_the_next_attempt_and_keeps_the_first(ana: User, garden: Room, reply: Message):
    stop_reply(message=reply, by=ana)
    before = fresh(garden).revision

    retry_reply(message=reply, by=ana)

    reply.refresh_from_db()
    assert (reply.status, reply.attempt_number, reply.revision) == ("queued", 2, before + 1)
    assert Reply.objects.filter(is_open=True, stopped_by=None, lease_owner="").count() == 1
    assert Attempt.objects.values_list("number", "status").get() == (1, "stopped")


def test_retry_needs_an_assistant_and_an_open_room(ana: User, garden: Room, reply: Message):
    stop_reply(message=reply, by=ana)
    save_assistant(slug="helper", enabled=False)
    with pytest.raises(AssistantUnavailable):
        retry_reply(message=reply, by=ana)
    save_assistant(slug="helper", enabled=True)
    archive_room(room=garden, by=ana)
    with pytest.raises(RoomArchived):
        retry_reply(message=reply, by=ana)


def test_strangers_steer_nothing_and_staff_may(eve: User, staff: User, reply: Message):
    with pytest.raises(NotAMember):
        stop_reply(message=reply, by=eve)
    with pytest.raises(NotAMember):
        retry_reply(message=reply, by=eve)

    stop_reply(message=reply, by=staff)
    assert Message.objects.get(pk=reply.pk).status == "stopped"


def test_what_is_no_reply_or_deleted_cannot_be_steered(ana: User, garden: Room, reply: Message):
    with pytest.raises(NotFound):
        stop_reply(message=make_message(garden, ana), by=ana)
    delete_message(message=reply, by=ana)
    with pytest.raises(NotFound):
        retry_reply(message=reply, by=ana)
