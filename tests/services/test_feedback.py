"""What people think of an answer."""

from __future__ import annotations

import pytest

from chat import markup
from chat.exceptions import Invalid, NotAMember, NotFound, StillRunning
from chat.models import Assistant, Attempt, Feedback, Message, Room, User
from chat.replies import ledger
from chat.replies.outcomes import Outcome
from chat.services.feedback import give_feedback, withdraw_feedback
from chat.services.messages import delete_message
from chat.services.replies import retry_reply
from tests.factories import make_assistant, make_message, make_reply


@pytest.fixture
def reply(ana: User, garden: Room) -> Message:
    """Whole."""
    reply = make_reply(garden, ana, make_assistant("helper", garden))
    write()
    return reply


def write(text: str = "Beans.") -> None:
    (lease,) = ledger.claim("a writer", 1)
    ledger.finish(lease, Outcome(status="complete", reason="stop", text=text, body=markup.render(text)))


def said() -> list[tuple[str, int, int, str]]:
    return list(Feedback.objects.order_by("pk").values_list("user__username", "attempt__number", "rating", "words"))


def test_each_person_has_one_word_on_each_attempt_and_may_change_it(ana: User, ben: User, reply: Message):
    give_feedback(message=reply, by=ana, rating=1)
    give_feedback(message=reply, by=ben, rating=-1, words=" Too\0 short. ")
    give_feedback(message=reply, by=ana, rating=-1, words="On second thought")

    assert said() == [("ana", 1, -1, "On second thought"), ("ben", 1, -1, "Too short.")]


def test_what_was_said_is_taken_back_and_again_nothing_happens(ana: User, ben: User, reply: Message):
    give_feedback(message=reply, by=ana, rating=1)
    give_feedback(message=reply, by=ben, rating=1)

    withdraw_feedback(message=reply, by=ana)
    withdraw_feedback(message=reply, by=ana)

    assert said() == [("ben", 1, 1, "")]


def test_it_is_about_the_newest_attempt_or_the_one_that_is_named(ana: User, reply: Message):
    retry_reply(message=reply, by=ana)
    ledger.claim("a writer", 1)
    with pytest.raises(StillRunning):
        give_feedback(message=reply, by=ana, rating=1)
    give_feedback(message=reply, by=ana, rating=-1, number=1)

    assert said() == [("ana", 1, -1, "")]
    with pytest.raises(NotFound):
        give_feedback(message=reply, by=ana, rating=1, number=7)


@pytest.mark.parametrize(("rating", "words"), [(0, ""), (2, ""), (1, "x" * 501)])
def test_other_ratings_and_long_speeches_are_refused(ana: User, reply: Message, rating: int, words: str):
    with pytest.raises(Invalid):
        give_feedback(message=reply, by=ana, rating=rating, words=words)


def test_strangers_say_nothing_and_nothing_is_said_of_what_is_no_answer(
    ana: User, eve: User, garden: Room, reply: Message
):
    with pytest.raises(NotAMember):
        give_feedback(message=reply, by=eve, rating=1)
    with pytest.raises(NotFound):
        give_feedback(message=make_message(garden, ana), by=ana, rating=1)
    delete_message(message=reply, by=ana)
    with pytest.raises(NotFound):
        give_feedback(message=reply, by=ana, rating=1)


def test_it_counts_for_who_wrote_the_attempt(ana: User, ben: User, garden: Room, reply: Message):
    make_assistant("baker", garden)
    retry_reply(message=reply, by=ana, assistant="baker")
    write("Bread.")
    for person in (ana, ben):
        give_feedback(message=reply, by=person, rating=1)
        give_feedback(message=reply, by=person, rating=-1, number=1)

    counted = {one.slug: (one.ups, one.downs) for one in Assistant.objects.with_ratings()}  # type: ignore[attr-defined]

    assert (counted["helper"], counted["baker"]) == ((0, 2), (2, 0))
    assert Attempt.objects.count() == 2
