"""Who switches assistants off, or closes an account, may be killed right behind it: nothing is written on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from chat.models import Assistant, Message, Reply, Room, User
from chat.replies import ledger
from chat.services.assistants import save_assistant
from chat.services.memberships import remove_member
from chat.services.people import deactivate
from chat.services.replies import retry_reply
from chat.services.sites import switch_assistants
from chat.services.stopping import stop_reply
from tests.factories import make_assistant, make_reply, start_reply

Switch = Callable[[Assistant, User, User], object]

OFF: dict[str, Switch] = {
    "the assistant": lambda helper, ana, staff: save_assistant(slug="helper", enabled=False, by=staff),
    "the site": lambda helper, ana, staff: switch_assistants(on=False, by=staff),
    "the assistant's account": lambda helper, ana, staff: deactivate(person=helper.user, by=staff),
    "the account of who asked": lambda helper, ana, staff: deactivate(person=ana, by=staff),
}


@pytest.fixture
def helper(garden: Room) -> Assistant:
    return make_assistant("helper", garden)


def asked_twice(room: Room, asker: User, assistant: Assistant) -> tuple[Message, Message]:
    """One answer is being written, one waits."""
    written = make_reply(room, asker, assistant)
    start_reply(written)
    return written, make_reply(room, asker, assistant)


@pytest.mark.parametrize("switch", OFF.values(), ids=OFF)
@pytest.mark.django_db  # what is done behind a commit is not done in this test
def test_its_transaction_marks_what_is_written_and_what_waits(
    ana: User, staff: User, garden: Room, helper: Assistant, switch: Switch
):
    written, waiting = asked_twice(garden, ana, helper)

    switch(helper, ana, staff)

    assert list(Reply.objects.order_by("pk").values_list("message", "stopped_by")) == [
        (written.pk, staff.pk),
        (waiting.pk, staff.pk),
    ]
    (taken_up,) = ledger.claim("a writer", 10)
    assert (taken_up.message_id, taken_up.is_to_be_asked) == (waiting.pk, False)


@pytest.mark.parametrize("switch", OFF.values(), ids=OFF)
@pytest.mark.django_db(transaction=True)
def test_what_waits_ends_at_once_and_what_is_written_by_who_writes_it(
    ana: User, staff: User, garden: Room, helper: Assistant, switch: Switch
):
    written, waiting = asked_twice(garden, ana, helper)

    switch(helper, ana, staff)

    statuses = Message.objects.filter(pk__in=[written.pk, waiting.pk]).order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["streaming", "stopped"]
    assert ledger.renew("a writer", [written.reply.pk]) == {written.reply.pk: (1, True)}


@pytest.mark.django_db
def test_who_takes_an_assistant_out_of_a_room_ends_what_waits_for_it_there(ana: User, garden: Room, helper: Assistant):
    written, waiting = asked_twice(garden, ana, helper)
    of_another = make_reply(garden, ana, make_assistant("other", garden))

    remove_member(room=garden, by=ana, user=helper.user)

    assert Reply.objects.get(message=written).stopped_by == ana
    assert Message.objects.get(pk=waiting.pk).status == "stopped"
    assert Message.objects.get(pk=of_another.pk).status == "queued"


@pytest.mark.django_db(transaction=True)
def test_an_answer_for_which_somebody_else_is_asked_meanwhile_is_theirs(
    ana: User, staff: User, garden: Room, helper: Assistant
):
    """There may be many to end behind the switch: one has ended, and is asked for again, before its turn."""
    make_assistant("other", garden)
    answer = make_reply(garden, ana, helper)

    def ask_the_other() -> None:
        stop_reply(message=answer, by=ana)
        retry_reply(message=answer, by=ana, assistant="other")

    with transaction.atomic():
        transaction.on_commit(ask_the_other)
        save_assistant(slug="helper", enabled=False, by=staff)

    asked = Reply.objects.get(message=answer)
    assert (asked.is_open, asked.stopped_by) == (True, None)
    assert Message.objects.get(pk=answer.pk).status == "queued"
