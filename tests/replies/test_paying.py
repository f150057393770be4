"""What a reply costs, however it ends."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection, transaction

from chat import usage
from chat.models import Attempt, Message, Reply, Room, UsageLimit, UsageRecord, User
from chat.models.usage import UsageDay
from chat.replies import ledger
from chat.replies.briefing import brief
from chat.replies.checkpoints import Progress, checkpoint
from chat.replies.ledger import Lease, LeaseLost
from chat.replies.outcomes import Outcome
from chat.replies.paying import pay, refusal
from chat.services.messages import delete_message
from chat.services.replies import retry_reply
from chat.services.stopping import stop_reply
from chat.usage.booking import release_stale
from tests.factories import make_assistant, make_person, make_reply, make_room


@pytest.fixture
def ana(transactional_db: None) -> User:
    return make_person("ana")


@pytest.fixture
def room(ana: User) -> Room:
    return make_room("garden", ana)


def claimed(room: Room, ana: User) -> Lease:
    make_reply(room, ana, make_assistant("helper", room, prompt_price=Decimal(1), completion_price=Decimal(4)))
    (lease,) = ledger.claim("one", 10)
    return lease


def begin(room: Room, ana: User) -> Lease:
    """A reply that is being written, and paid for."""
    lease = claimed(room, ana)
    pay(lease, brief(lease))
    return lease


def test_whoever_asks_pays_in_the_room_it_was_asked_in(room: Room, ana: User):
    lease = begin(room, ana)

    record = UsageRecord.objects.get()
    assert (record.person, record.room, record.assistant.slug) == (ana, room, "helper")
    assert (record.attempt, record.state) == (Attempt.objects.get(reply=lease.reply_id), "reserved")
    assert record.reserved_tokens > record.prompt_tokens > 20


def test_a_finished_reply_costs_what_the_back_end_counted(room: Room, ana: User):
    lease = begin(room, ana)

    outcome = Outcome(status="complete", reason="stop", text="mint", prompt_tokens=1_000, completion_tokens=500)
    ledger.finish(lease, outcome)

    record = UsageRecord.objects.get()
    assert (record.prompt_tokens, record.completion_tokens, record.cost) == (1_000, 500, Decimal("0.003"))
    assert Attempt.objects.get().cost == Decimal("0.003")


def test_a_reply_that_failed_before_its_first_word_costs_nothing(room: Room, ana: User):
    ledger.finish(begin(room, ana), Outcome(status="failed", reason="error", error_kind="network"))

    assert UsageRecord.objects.get().state == "released"
    assert set(UsageDay.objects.values_list("requests", "reserved_tokens")) == {(0, 0)}


def test_a_stopped_reply_costs_what_was_written(room: Room, ana: User):
    ledger.finish(
        begin(room, ana), Outcome(status="stopped", reason="stopped", text="mint " * 30, reasoning="hm " * 20)
    )

    record = UsageRecord.objects.get()
    assert (record.state, record.is_estimated) == ("settled", True)
    assert record.completion_tokens > 50


def test_a_reply_that_is_stopped_before_its_first_word_costs_the_question(room: Room, ana: User):
    """Else asking and stopping would be free, however often."""
    ledger.finish(begin(room, ana), Outcome(status="stopped", reason="stopped", was_asked=True))

    record = UsageRecord.objects.get()
    assert (record.state, record.is_estimated, record.completion_tokens) == ("settled", True, 0)
    assert record.prompt_tokens > 0
    assert set(UsageDay.objects.values_list("requests", "prompt_tokens")) == {(1, record.prompt_tokens)}


def test_what_a_killed_process_wrote_is_settled_when_another_takes_over(room: Room, ana: User):
    lease = begin(room, ana)
    checkpoint(lease, Progress(text="mint " * 30, html="", sequence=1, model="m", first_token_at=None))
    Reply.objects.update(lease_expires_at=ledger.LONG_AGO)

    ledger.claim("another", 10)

    assert UsageRecord.objects.get().state == "settled"
    assert UsageRecord.objects.get().completion_tokens > 30


def test_what_a_server_handed_back_is_paid_for_though_nobody_goes_on_with_it(room: Room, ana: User):
    lease = begin(room, ana)
    checkpoint(lease, Progress(text="mint " * 30, html="", sequence=1, model="m", first_token_at=None))
    ledger.hand_back("one")

    stop_reply(message=Message.objects.get(pk=lease.message_id), by=ana)

    assert UsageRecord.objects.get().state == "settled"
    assert list(Attempt.objects.values_list("status", flat=True)) == ["interrupted", "stopped"]


def test_a_process_that_lost_its_lease_settles_nothing(room: Room, ana: User):
    lease = begin(room, ana)
    Reply.objects.update(lease_owner="another")

    with pytest.raises(LeaseLost):
        ledger.finish(lease, Outcome(status="complete", reason="stop", prompt_tokens=1, completion_tokens=1))

    assert UsageRecord.objects.get().state == "reserved"


def test_what_was_set_aside_after_the_lease_was_lost_is_settled_by_who_lost_it(room: Room, ana: User):
    lease = begin(room, ana)
    Reply.objects.update(lease_owner="another")

    ledger.conclude_lost(lease, Outcome(status="stopped", reason="stopped", text="mint " * 30))

    assert UsageRecord.objects.get().state == "settled"


def test_what_goes_on_costs_what_was_added(room: Room, ana: User):
    lease = replace(begin(room, ana), begun="mint " * 300)

    ledger.finish(lease, Outcome(status="stopped", reason="stopped", text="mint " * 310))

    assert 5 < UsageRecord.objects.get().completion_tokens < 30


def test_a_reply_that_is_deleted_while_it_is_written_is_concluded(room: Room, ana: User):
    lease = begin(room, ana)

    delete_message(message=Reply.objects.get(pk=lease.reply_id).message, by=make_person("root", is_staff=True))

    assert UsageRecord.objects.get().state == "settled"
    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.finish, attempt.ended_at is not None) == ("stopped", "stopped", True)


def test_what_is_set_aside_for_a_reply_that_was_just_deleted_does_not_stay_for_ever(room: Room, ana: User):
    lease = claimed(room, ana)
    delete_message(message=Message.objects.get(pk=lease.message_id), by=make_person("root", is_staff=True))
    pay(lease, brief(lease))  # the thread that claimed it had it in hand

    UsageRecord.objects.update(created_at=ledger.LONG_AGO)
    release_stale()

    assert UsageRecord.objects.get().state == "released"
    assert set(UsageDay.objects.values_list("requests", "reserved_tokens")) == {(0, 0)}


def test_an_attempt_that_had_ended_before_its_message_was_deleted_stays_as_it_was(room: Room, ana: User):
    lease = begin(room, ana)
    ledger.finish(lease, Outcome(status="failed", reason="error", error_kind="network"))
    retry_reply(message=Message.objects.get(pk=lease.message_id), by=ana)

    delete_message(message=Message.objects.get(pk=lease.message_id), by=make_person("root", is_staff=True))

    assert Attempt.objects.get().status == "failed"


def test_the_end_of_a_reply_that_nobody_may_write_says_why(room: Room, ana: User):
    UsageLimit.objects.create(scope="person", person=ana, requests_per_minute=0)
    lease = claimed(room, ana)

    with pytest.raises(usage.OverLimit) as refused:
        pay(lease, brief(lease))
    ledger.finish(lease, refusal(refused.value))

    reply = Reply.objects.select_related("message", "current").get()
    assert reply.current is not None
    assert (reply.message.status, reply.current.error_kind, reply.current.is_retryable) == ("failed", "limit", False)
    assert reply.problem == "The limit of ana is used up. Try again in 1\N{NO-BREAK SPACE}min."


def test_a_deletion_and_a_claim_in_the_same_moment_wait_for_each_other_in_one_order(room: Room, ana: User):
    lease = begin(room, ana)

    def delete() -> None:
        try:
            delete_message(message=Message.objects.get(pk=lease.message_id), by=make_person("root", is_staff=True))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            ledger.hold(lease)
            deletion = thread.submit(delete)
            time.sleep(0.5)  # it has come as far as it comes
            usage.conclude_attempt(UsageRecord.objects.get().attempt_id or 0)
        deletion.result()

    assert UsageRecord.objects.get().state == "released"
    assert not Reply.objects.get().is_open
