"""Each back end's own line: one of each person in turn, and never more at once than it may write."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from chat import usage
from chat.models import Assistant, Message, Reply, Room, UsageRecord, User
from chat.replies import capacity, ledger
from chat.replies.outcomes import Outcome
from chat.scraping import open_replies
from chat.services.replies import retry_reply
from tests.factories import make_assistant, make_person, make_room
from tests.replies.conftest import ask, claimed_by_rivals


@pytest.fixture
def ben(transactional_db: None) -> User:
    return make_person("ben")


@pytest.fixture
def helper(room: Room, ben: User) -> Assistant:
    """It writes one reply at a time; Ben is in its room too."""
    Assistant.objects.update(at_once=1)
    return Assistant.objects.get()


def place(message: Message) -> int | None:
    return Message.objects.whole().get(pk=message.pk).place


def serve() -> list[int]:
    """Whose turn it is is served, to the last: the messages in the order in which they were written."""
    served = []
    while leases := ledger.claim("one", 10):
        for lease in leases:
            served.append(lease.message_id)
            ledger.finish(lease, Outcome(status="complete", reason="stop", text="so"))
    return served


def test_ten_of_one_do_not_make_others_wait_ten_times(helper: Assistant, ana: User, ben: User) -> None:
    garden = make_room("orchard", ana, ben)
    make_assistant("helper", garden)
    hers = [ask(garden, ana) for _ in range(4)]
    (first,) = ledger.claim("one", 10)
    his = [ask(garden, ben) for _ in range(2)]

    assert [place(message) for message in [*hers[1:], *his]] == [1, 3, 5, 2, 4]

    ledger.finish(first, Outcome(status="complete", reason="stop", text="so"))
    wanted = [hers[1], his[0], hers[2], his[1], hers[3]]
    assert serve() == [message.pk for message in wanted]


def test_who_comes_late_does_not_start_behind_what_one_person_has_piled_up(
    helper: Assistant, room: Room, ana: User
) -> None:
    piled = [ask(room, ana) for _ in range(5)]
    for _ in range(3):
        (lease,) = ledger.claim("one", 1)
        ledger.finish(lease, Outcome(status="complete", reason="stop", text="so"))
    zoe = make_person("zoe")
    late = ask(make_room("harbour", zoe, helper.user), zoe)

    assert [place(piled[3]), place(late), place(piled[4])] == [1, 2, 3]


def test_a_back_end_writes_no_more_at_once_than_it_may(helper: Assistant, room: Room, ana: User) -> None:
    Assistant.objects.update(at_once=2)
    for _ in range(5):
        ask(room, ana)

    assert len(ledger.claim("one", 10)) == 2
    assert ledger.claim("two", 10) == []


@pytest.mark.parametrize(
    ("redis_url", "minutes", "is_free"),
    [("", 0, False), ("", 1, True), ("redis://127.0.0.1:9/0", 1, False), ("redis://127.0.0.1:9/0", 21, True)],
)
def test_what_a_killed_process_was_answering_outside_of_rooms_holds_up_nobody(
    helper: Assistant, room: Room, ana: User, settings: Settings, redis_url: str, minutes: int, is_free: bool
) -> None:
    """Alone, a process knows that whatever was asked before it began is asked no more."""
    settings.REDIS_URL = redis_url
    usage.reserve(person=ana, assistant=helper, prompt_tokens=9, source=UsageRecord.Source.OPENAI)
    UsageRecord.objects.update(created_at=capacity.STARTED_AT + timedelta(seconds=1))
    if minutes:
        UsageRecord.objects.update(created_at=capacity.STARTED_AT - timedelta(minutes=minutes))
    ask(room, ana)

    assert len(ledger.claim("one", 10)) == is_free


@pytest.mark.parametrize(
    ("minutes", "patience", "is_free"),
    [
        (35, {}, True),
        (35, {"first_byte_seconds": 1_800}, False),
        (21, {}, True),
        (21, {"is_reasoning_model": True}, False),
    ],
)
def test_a_slow_model_keeps_its_place_for_as_long_as_it_may_take(
    helper: Assistant, room: Room, ana: User, settings: Settings, minutes: int, patience: dict[str, int], is_free: bool
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"  # there are other processes
    Assistant.objects.update(**patience)
    usage.reserve(person=ana, assistant=helper, prompt_tokens=9, source=UsageRecord.Source.OPENAI)
    UsageRecord.objects.update(created_at=timezone.now() - timedelta(minutes=minutes))
    ask(room, ana)

    assert len(ledger.claim("one", 10)) == is_free


def test_what_was_answered_outside_of_rooms_or_is_by_another_back_end_holds_no_place(
    helper: Assistant, room: Room, ana: User
) -> None:
    elsewhere = make_assistant("elsewhere", provider="openai", base_url="http://127.0.0.1:9/v1", model="m")
    asked, given_up, _ = (
        usage.reserve(person=ana, assistant=assistant, prompt_tokens=9, source=UsageRecord.Source.OPENAI)
        for assistant in (helper, helper, elsewhere)
    )
    usage.settle(asked, prompt_tokens=9, completion_tokens=1)
    usage.release(given_up)
    ask(room, ana)

    assert len(ledger.claim("one", 10)) == 1


def test_rivals_together_write_no_more_than_it_may(helper: Assistant, room: Room, ana: User) -> None:
    Assistant.objects.update(at_once=3)
    for _ in range(8):
        ask(room, ana)

    taken = claimed_by_rivals()

    assert len(taken) == len(set(taken)) == 3


def test_assistants_of_one_back_end_share_its_smallest_limit(helper: Assistant, room: Room, ana: User) -> None:
    Assistant.objects.update(at_once=4)
    make_assistant("scribe", room)
    Assistant.objects.filter(user__username="scribe").update(at_once=1)
    for name in ("helper", "scribe", "helper"):
        ask(room, ana, f"@{name} hello")

    assert len(ledger.claim("one", 10)) == 1


def test_a_full_back_end_keeps_no_other_from_being_served(helper: Assistant, room: Room, ana: User) -> None:
    make_assistant("scribe", room, provider="openai", base_url="http://127.0.0.1:9/v1", model="m")
    for _ in range(30):
        ask(room, ana)
    other = ask(room, ana, "@scribe hello")

    assert place(other) == 1
    assert {lease.message_id for lease in ledger.claim("one", 5)} >= {other.pk}
    assert ledger.claim("one", 5) == []


def test_a_lease_that_ran_out_frees_its_place_and_is_served_first(helper: Assistant, room: Room, ana: User) -> None:
    first = ask(room, ana)
    ask(room, ana)
    ledger.claim("one", 10)
    Reply.objects.filter(message=first).update(lease_expires_at=ledger.LONG_AGO)

    assert [lease.message_id for lease in ledger.claim("two", 10)] == [first.pk]


def test_what_is_asked_again_goes_to_the_end_of_the_line(helper: Assistant, room: Room, ana: User) -> None:
    again = ask(room, ana)
    (lease,) = ledger.claim("one", 1)
    ledger.finish(lease, Outcome(status="failed", reason="error", error_kind="server"))
    waiting = [ask(room, ana) for _ in range(2)]

    retry_reply(message=again, by=ana)

    assert [place(message) for message in [*waiting, again]] == [1, 2, 3]


def test_what_is_asked_again_has_waited_since_then(helper: Assistant, room: Room, ana: User) -> None:
    again = ask(room, ana)
    (lease,) = ledger.claim("one", 1)
    ledger.finish(lease, Outcome(status="complete", reason="stop", text="so"))
    Reply.objects.update(created_at=timezone.now() - timedelta(days=7))

    retry_reply(message=again, by=ana)

    replies, oldest = open_replies()
    assert replies["queued"] == 1
    assert oldest < 5


def test_asked_instead_it_waits_in_the_other_ones_line(helper: Assistant, room: Room, ana: User) -> None:
    make_assistant("scribe", room, provider="openai", base_url="http://127.0.0.1:9/v1", model="m")
    again = ask(room, ana)
    (lease,) = ledger.claim("one", 1)
    ledger.finish(lease, Outcome(status="failed", reason="error", error_kind="server"))
    ask(room, ana)
    ledger.claim("one", 1)
    ask(room, ana)

    retry_reply(message=again, by=ana, assistant="scribe")

    assert place(again) == 1
    assert [lease.message_id for lease in ledger.claim("one", 10)] == [again.pk]


def test_where_nothing_is_limited_all_are_taken(room: Room, ana: User) -> None:
    for _ in range(5):
        ask(room, ana)

    assert len(ledger.claim("one", 10)) == 5
