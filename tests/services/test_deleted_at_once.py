"""What is deleted while somebody does something with it, each in a transaction of their own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection, transaction

from chat import usage
from chat.exceptions import NotFound
from chat.models import Assistant, Attempt, Feedback, Message, Reply, Room, UsageRecord, User
from chat.models.usage import UsageDay
from chat.replies import ledger
from chat.replies.checkpoints import Progress, checkpoint
from chat.services.chats import delete_chat, new_chat
from chat.services.feedback import give_feedback
from chat.services.memberships import add_member
from chat.services.messages import delete_message
from chat.services.stopping import stop_reply
from tests.at_once import at_once, wait_until_held_up
from tests.factories import make_assistant, make_message, make_person, make_reply, make_room

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="every transaction of SQLite holds the whole database"),
]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


def test_a_chat_is_deleted_in_the_order_in_which_its_answers_are_saved(threads: ThreadPoolExecutor):
    ana = make_person("ana")
    chat = new_chat(by=ana, assistant=make_assistant("helper"))
    make_message(chat, ana, "one question")
    make_message(chat, ana, "and another one")
    first, second = ledger.claim("a writer", limit=10)
    while running_in(chat) == [first.message_id, second.message_id]:  # a row that grows is written somewhere else
        checkpoint(first, progress(secrets.token_hex(500)))

    with transaction.atomic():
        Reply.objects.select_for_update(no_key=True).get(pk=first.reply_id)
        deleting = threads.submit(at_once, partial(delete_chat, room=chat, by=ana))
        wait_until_held_up(deleting)
        Reply.objects.select_for_update(no_key=True, nowait=True).get(pk=second.reply_id)

    assert deleting.result() == [None]


def test_whoever_claims_an_answer_of_a_chat_that_is_deleted_may_hold_its_counters(threads: ThreadPoolExecutor):
    chat, (*_, last) = chat_with_answers()

    with transaction.atomic():
        Reply.objects.select_for_update(no_key=True).get(pk=last.reply_id)
        deleting = threads.submit(at_once, partial(delete_chat, room=chat, by=owner_of(chat)))
        wait_until_held_up(deleting)
        UsageDay.objects.select_for_update(nowait=True).get(scope="person")

    assert deleting.result() == [None]
    assert not UsageRecord.objects.filter(state="reserved").exists()


def test_whoever_asks_while_a_chat_is_deleted_may_hold_their_counters(threads: ThreadPoolExecutor):
    chat, _ = chat_with_answers()

    with transaction.atomic():
        UsageDay.objects.select_for_update().get(
            scope="assistant", subject=Assistant.objects.get(user__username="scribe").pk
        )
        deleting = threads.submit(at_once, partial(delete_chat, room=chat, by=owner_of(chat)))
        wait_until_held_up(deleting)
        UsageDay.objects.select_for_update(nowait=True).get(scope="person")

    assert deleting.result() == [None]
    assert not UsageRecord.objects.filter(state="reserved").exists()


def test_nobody_s_words_about_an_answer_outlive_it(threads: ThreadPoolExecutor):
    ana = make_person("ana")
    room = make_room("garden", owner=ana)
    answer = make_reply(room, ana, make_assistant("helper", room))
    stop_reply(message=answer, by=ana)

    with transaction.atomic():
        delete_message(message=answer, by=ana)
        giving = threads.submit(at_once, partial(give_feedback, message=answer, by=ana, rating=1, words="my secret"))
        wait_until_held_up(giving)

    (refused,) = giving.result()
    assert isinstance(refused, NotFound)
    assert not Feedback.objects.exists()


def chat_with_answers() -> tuple[Room, list[ledger.Lease]]:
    """Two assistants write in it, and what each takes is set aside."""
    ana, one, other = make_person("ana"), make_assistant("helper"), make_assistant("scribe")
    chat = new_chat(by=ana, assistant=one)
    add_member(room=chat, by=ana, user=other.user)
    make_message(chat, ana, "@helper @scribe hello")
    leases = ledger.claim("a writer", limit=10)
    for lease, assistant in zip(leases, (one, other), strict=True):
        usage.reserve(
            person=ana, assistant=assistant, room=chat, prompt_tokens=10, attempt=Attempt(pk=lease.attempt_id)
        )
    return chat, leases


def owner_of(chat: Room) -> User:
    return chat.memberships.get(role="owner").user


def progress(text: str) -> Progress:
    return Progress(text=text, html="", sequence=1, model="", first_token_at=None)


def running_in(room: Room) -> list[int]:
    """As the database comes upon them."""
    return list(Message.objects.in_room(room).filter(status="streaming").values_list("pk", flat=True))
