"""What an attempt costs that somebody else ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chat.models import Assistant, Message, Reply, Room, UsageRecord, User
from chat.providers import Usage
from chat.replies import ledger
from chat.replies.briefing import brief
from chat.replies.checkpoints import Progress, checkpoint
from chat.replies.ledger import Lease
from chat.replies.outcomes import Outcome
from chat.replies.paying import pay
from chat.services.chats import delete_chat, new_chat
from chat.services.messages import delete_message
from chat.services.replies import continue_reply, retry_reply
from tests.replies.conftest import ask

MINT = "mint " * 300


@pytest.fixture
def chat(room: Room, ana: User) -> Room:
    return new_chat(by=ana, assistant=Assistant.objects.get())


def begin() -> Lease:
    """Whose turn it is is written, and paid for."""
    (lease,) = ledger.claim("one", 10)
    pay(lease, brief(lease))
    return lease


def answer(room: Room, ana: User, finish: str) -> Message:
    """Of 300 words, which nobody paid for."""
    message = ask(room, ana)
    (lease,) = ledger.claim("one", 10)
    ledger.finish(lease, Outcome(status="complete", reason=finish, text=MINT))
    message.refresh_from_db()
    return message


def save(lease: Lease, text: str, reasoning: str = "") -> None:
    progress = Progress(
        text=text, html="", sequence=len(text) > 0, model="m", first_token_at=None, reasoning=reasoning, thought=1
    )
    checkpoint(lease, progress)


def take_over() -> None:
    Reply.objects.update(lease_expires_at=ledger.LONG_AGO)
    assert len(ledger.claim("another", 10)) == 1


def test_who_goes_on_and_is_killed_pays_for_what_was_added(room: Room, ana: User) -> None:
    continue_reply(message=answer(room, ana, "length"), by=ana)
    lease = begin()
    assert lease.begun == MINT
    save(lease, MINT + "mint " * 10)

    take_over()

    record = UsageRecord.objects.get()
    assert record.state == "settled"
    assert 5 < record.completion_tokens < 30


def test_who_only_thought_and_is_killed_pays_for_the_thoughts(room: Room, ana: User) -> None:
    ask(room, ana)
    save(begin(), "", reasoning="hm " * 40)

    take_over()

    record = UsageRecord.objects.get()
    assert record.state == "settled"
    assert record.completion_tokens > 20


def gone_alone(message: Message, by: User) -> None:
    delete_message(message=message, by=by)


def gone_with_its_chat(message: Message, by: User) -> None:
    delete_chat(room=message.room, by=by)


DELETIONS = pytest.mark.parametrize("delete", [gone_alone, gone_with_its_chat])


@DELETIONS
def test_asked_again_and_deleted_before_its_first_word_costs_the_question_alone(
    chat: Room, ana: User, delete: Callable[[Message, User], None]
) -> None:
    """What the message shows was written by an attempt before."""
    message = answer(chat, ana, "stop")
    retry_reply(message=message, by=ana)
    begin()

    delete(message, ana)

    assert UsageRecord.objects.values_list("state", "completion_tokens").get() == ("settled", 0)


@DELETIONS
def test_deleted_after_its_first_words_it_costs_those(
    chat: Room, ana: User, delete: Callable[[Message, User], None]
) -> None:
    continue_reply(message=answer(chat, ana, "length"), by=ana)
    lease = begin()
    save(lease, MINT + "mint " * 10)

    delete(Message.objects.get(pk=lease.message_id), ana)

    record = UsageRecord.objects.get()
    assert record.state == "settled"
    assert 5 < record.completion_tokens < 30


def test_what_two_tries_were_counted_to_have_used_fits_the_rows(room: Room, ana: User) -> None:
    most = Usage(prompt=2**31 - 1, completion=2**31 - 1)
    spent = most + Usage(prompt=9, completion=9)
    ask(room, ana)

    ended = Outcome(status="complete", reason="stop", text="mint")
    ledger.finish(begin(), replace(ended, prompt_tokens=spent.prompt, completion_tokens=spent.completion))

    assert spent == most
    assert Reply.objects.values_list("is_open", "current__prompt_tokens").get() == (False, 2**31 - 1)
