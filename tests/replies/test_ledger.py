"""Leases: one writer at a time, whatever happens to the others."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.db.models.functions import Now
from pytest_django import DjangoAssertNumQueries

from chat import frames
from chat.models import Assistant, Attempt, Message, RemoteConversation, Reply, Room, User
from chat.replies import ledger, takeover
from chat.replies.checkpoints import Progress, _save_all, checkpoint
from chat.replies.ledger import LeaseLost
from chat.replies.outcomes import CRASHED, Outcome, Told
from chat.replies.owner import host_prefix
from chat.replies.statements import WHOLE
from chat.services.replies import retry_reply
from chat.services.stopping import stop_reply
from tests.replies.conftest import ask, claimed_by_rivals


def test_a_queued_reply_is_claimed_once(room: Room, ana: User) -> None:
    ask(room, ana)

    (lease,) = ledger.claim("one", 10)

    assert ledger.claim("two", 10) == []
    assert (lease.attempt, lease.assistant, lease.is_exhausted) == (1, "helper", False)
    assert Message.objects.get(pk=lease.message_id).status == "streaming"


def test_many_who_claim_at_once_get_each_reply_once(room: Room, ana: User) -> None:
    for _ in range(6):
        ask(room, ana)

    taken = claimed_by_rivals()

    assert sorted(taken) == sorted(Reply.objects.values_list("pk", flat=True))


def test_a_lease_that_ran_out_is_taken_over_and_the_first_owner_is_fenced_off(room: Room, ana: User) -> None:
    ask(room, ana)
    (first,) = ledger.claim("one", 10)
    checkpoint(first, Progress(text="half", html="<p>half</p>", sequence=1, model="m", first_token_at=None))
    Reply.objects.update(lease_expires_at=ledger.LONG_AGO)

    (second,) = ledger.claim("two", 10)

    assert second.attempt == 2
    with pytest.raises(LeaseLost):
        checkpoint(first, Progress(text="more", html="", sequence=2, model="m", first_token_at=None))
    with pytest.raises(LeaseLost):
        ledger.finish(first, Outcome(status="complete", reason="stop", text="more"))
    assert list(Attempt.objects.values_list("number", "status", "text")) == [
        (1, "interrupted", "half"),
        (2, "streaming", ""),
    ]
    assert Reply.objects.get().takeovers == 1
    assert (first.is_takeover, second.is_takeover) == (False, True)


def test_what_the_end_is_told_from_is_the_whole_message(
    room: Room, ana: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ask(room, ana)
    (lease,) = ledger.claim("one", 10)
    told = frames.message_updated(Message.objects.whole().get(pk=lease.message_id))

    with django_assert_num_queries(1):
        read = WHOLE.instance(message=lease.message_id)
        assert frames.message_updated(read) == told
        assert (read.reply.current.number, read.reply.prompt.author_id) == (1, ana.pk)
    assert WHOLE.instance(message=0) is None


class Grown(NamedTuple):
    sequence: int
    stands_at: tuple[int, int] = (1, 0)

    def progress(self) -> Progress:
        return Progress(text="words", html="", sequence=self.sequence, model="m", first_token_at=None)

    def lost(self) -> None:
        raise AssertionError("nobody has taken it")


def test_a_reply_that_cannot_be_saved_keeps_no_other_from_it(room: Room, ana: User) -> None:
    for _ in range(2):
        ask(room, ana)
    broken, sound = ledger.claim("one", 10)

    _, lost = _save_all({broken: Grown(-1), sound: Grown(1)})

    assert lost == []
    assert list(Attempt.objects.order_by("pk").values_list("text", flat=True)) == ["", "words"]


def test_a_process_can_be_its_own_stale_rival(room: Room, ana: User) -> None:
    ask(room, ana)
    (first,) = ledger.claim("one", 10)
    Reply.objects.update(lease_expires_at=ledger.LONG_AGO)
    (second,) = ledger.claim("one", 10)

    with pytest.raises(LeaseLost):
        ledger.finish(first, Outcome(status="complete", reason="stop", text="stale"))
    with pytest.raises(LeaseLost):
        checkpoint(first, Progress(text="stale", html="", sequence=9, model="m", first_token_at=None))

    ledger.finish(second, Outcome(status="complete", reason="stop", text="good"))
    assert Message.objects.get(pk=second.message_id).text == "good"


def test_renewing_keeps_the_lease_and_tells_of_a_wish_to_stop(room: Room, ana: User) -> None:
    message = ask(room, ana)
    (lease,) = ledger.claim("one", 10)
    Reply.objects.update(lease_expires_at=ledger.LONG_AGO)

    assert ledger.renew("one", [lease.reply_id]) == {lease.reply_id: (1, False)}
    assert ledger.claim("two", 10) == []
    stop_reply(message=message, by=ana)
    assert ledger.renew("one", [lease.reply_id]) == {lease.reply_id: (1, True)}


def test_what_is_handed_back_counts_against_nobody(room: Room, ana: User) -> None:
    ask(room, ana)
    ledger.claim("one", 10)

    assert ledger.hand_back("one") == 1

    (again,) = ledger.claim("two", 10)
    assert (again.attempt, Reply.objects.get().takeovers, again.is_takeover) == (2, 0, False)


def test_nobody_keeps_or_hands_back_what_somebody_else_writes(room: Room, ana: User) -> None:
    ask(room, ana)
    (theirs,) = ledger.claim("one", 10)
    ask(room, ana)
    (mine,) = ledger.claim("two", 10)
    Reply.objects.update(lease_expires_at=ledger.LONG_AGO)

    assert ledger.renew("two", [theirs.reply_id, mine.reply_id]) == {mine.reply_id: (1, False)}
    assert ledger.hand_back("two") == 1

    assert Reply.objects.values_list("lease_owner", "lease_expires_at").get(pk=theirs.reply_id) == (
        "one",
        ledger.LONG_AGO,
    )


def test_a_reply_is_taken_over_twice_and_then_given_up(room: Room, ana: User) -> None:
    ask(room, ana)
    taken = []
    for owner in ("one", "two", "three", "four"):
        taken += ledger.claim(owner, 10)
        Reply.objects.update(lease_expires_at=ledger.LONG_AGO)

    assert [lease.is_exhausted for lease in taken] == [False, False, False, True]


def test_leases_of_dead_processes_of_this_host_need_not_run_out(room: Room, ana: User) -> None:
    ask(room, ana)
    ledger.claim(f"{host_prefix()}999999999:gone", 10)

    assert ledger.claim("two", 10) == []
    assert ledger.free_leases_of_the_dead(frozenset()) == 1
    assert len(ledger.claim("two", 10)) == 1


def test_a_process_of_this_host_that_is_there_and_late_keeps_its_reply_for_a_while(room: Room, ana: User) -> None:
    ask(room, ana)
    ledger.claim(f"{host_prefix()}{os.getppid()}:slow", 10)
    just_now, long_since = (Now() - timedelta(seconds=ago) for ago in (1, takeover.PATIENCE_SECONDS + 1))

    Reply.objects.update(lease_expires_at=just_now)
    assert ledger.claim("two", 10) == []
    Reply.objects.update(lease_expires_at=long_since)
    assert len(ledger.claim("two", 10)) == 1


def test_a_process_of_another_host_that_is_late_is_held_for_dead(room: Room, ana: User) -> None:
    ask(room, ana)
    ledger.claim(f"elsewhere:{os.getppid()}:slow", 10)
    Reply.objects.update(lease_expires_at=Now() - timedelta(seconds=1))

    assert len(ledger.claim("two", 10)) == 1


def test_whoever_gets_a_reply_that_was_handed_on_hears_that_it_is_to_be_stopped(room: Room, ana: User) -> None:
    message = ask(room, ana)
    ledger.claim("one", 10)
    stop_reply(message=message, by=ana)
    ledger.hand_back("one")

    (lease,) = ledger.claim("two", 10)

    assert lease.is_stop_wanted


def test_stopped_before_anybody_wrote_it_ends_at_once(room: Room, ana: User) -> None:
    message = ask(room, ana)

    stop_reply(message=message, by=ana)

    assert ledger.claim("one", 10) == []
    message.refresh_from_db()
    assert (message.status, message.attempt_number) == ("stopped", 1)
    retry_reply(message=message, by=ana)
    assert ledger.claim("one", 10)[0].attempt == 2


def test_the_end_takes_a_number_and_frees_the_reply(room: Room, ana: User) -> None:
    ask(room, ana)
    (lease,) = ledger.claim("one", 10)
    before = Room.objects.get(pk=room.pk).revision

    ledger.finish(lease, Outcome(status="complete", reason="stop", text="roses", prompt_tokens=3, completion_tokens=1))

    message = Message.objects.get(pk=lease.message_id)
    assert (message.revision, message.text, message.status) == (before + 1, "roses", "complete")
    assert not Reply.objects.get().is_open


def test_only_what_is_being_written_is_renewed(room: Room, ana: User) -> None:
    ask(room, ana)
    ask(room, ana)
    left, kept = ledger.claim("one", 10)
    Reply.objects.update(lease_expires_at=ledger.LONG_AGO)

    assert ledger.renew("one", [kept.reply_id]) == {kept.reply_id: (1, False)}

    assert [lease.reply_id for lease in ledger.claim("two", 10)] == [left.reply_id]


def test_who_only_thinks_yet_leaves_the_words_that_are_there(room: Room, ana: User) -> None:
    message = ask(room, ana)
    (first,) = ledger.claim("one", 10)
    ledger.finish(first, Outcome(status="complete", reason="stop", text="roses"))
    retry_reply(message=message, by=ana)
    (second,) = ledger.claim("one", 10)

    thinking = Progress(text="", html="", sequence=0, model="m", first_token_at=None, reasoning="hm", thought=1)
    checkpoint(second, thinking)

    assert Message.objects.get(pk=message.pk).text == "roses"


def test_a_back_end_does_not_forget_what_it_was_told_later(room: Room, ana: User) -> None:
    ask(room, ana, "@helper first")
    ask(room, ana, "@helper second")
    older, newer = ledger.claim("one", 10)
    told = Told(Assistant.objects.get().pk, "c-1", room.revision)

    for lease in (newer, older):
        ledger.finish(lease, Outcome(status="complete", reason="stop", text="so", told=told))

    newest = Message.objects.get(pk=newer.prompt_id).sequence
    assert RemoteConversation.objects.get().told_sequence == newest


def test_what_crashed_keeps_what_was_saved_of_it(room: Room, ana: User) -> None:
    ask(room, ana)
    (lease,) = ledger.claim("one", 10)
    checkpoint(lease, Progress(text="half", html="<p>half</p>", sequence=1, model="m", first_token_at=None))

    ledger.finish(lease, Outcome(status="failed", reason="error", error_kind=CRASHED))

    assert (Attempt.objects.get().text, Message.objects.get(pk=lease.message_id).text) == ("half", "half")
