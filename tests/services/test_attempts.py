"""Who may stop a reply, who may ask for it again, and of whom."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from chat import events, markup, metrics
from chat.exceptions import AssistantUnavailable, Forbidden, NotAMember, NotCutOff, NotFound, StillRunning
from chat.models import Assistant, Attempt, Membership, Message, Reply, Room, User
from chat.replies import ledger
from chat.replies.checkpoints import Progress, checkpoint
from chat.replies.outcomes import Outcome
from chat.services.answering import let_answer
from chat.services.assistants import save_assistant
from chat.services.memberships import add_member, leave_room, remove_member
from chat.services.messages import delete_message, edit_message
from chat.services.replies import answerers, ask_again, continue_reply, retry_reply
from chat.services.stopping import stop_reply
from tests.factories import make_assistant, make_message, make_reply, start_reply


@pytest.fixture
def helper(garden: Room) -> Assistant:
    return make_assistant("helper", garden)


@pytest.fixture
def reply(ana: User, ben: User, garden: Room, helper: Assistant) -> Message:
    """Queued, asked for by Ben in Ana's room."""
    return make_reply(garden, ben, helper)


def write(reply: Message, text: str = "", status: str = "complete", reason: str = "stop") -> None:
    (lease,) = ledger.claim("a writer", 1)
    assert lease.message_id == reply.pk, "the oldest comes first"
    ledger.finish(lease, Outcome(status=status, reason=reason, text=text, body=markup.render(text)))


@pytest.mark.parametrize("is_begun", [False, True])
def test_who_asked_owners_and_staff_may_stop_and_other_members_may_not(
    ana: User, ben: User, staff: User, eve: User, garden: Room, helper: Assistant, is_begun: bool
):
    Membership.objects.create(room=garden, user=eve)
    for stopper in (ben, ana, staff):
        reply = make_reply(garden, ben, helper)
        if is_begun:
            start_reply(reply)
        with pytest.raises(Forbidden):
            stop_reply(message=reply, by=eve)
        assert Reply.objects.get(message=reply).stopped_by is None

        stop_reply(message=reply, by=stopper)
        assert Reply.objects.get(message=reply).stopped_by == stopper


def stopped_here() -> float:
    """How many of the attempts that this process ended were stopped."""
    return next(amount for _, ((_, status),), amount in metrics.REPLIES_ENDED.samples() if status == "stopped")


@pytest.mark.parametrize("is_begun", [False, True])
def test_what_ends_without_its_writer_is_counted_and_logged(
    ana: User,
    reply: Message,
    is_begun: bool,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
):
    """Stopped in line, or deleted while it is written."""
    before = stopped_here()
    if is_begun:
        start_reply(reply)

    with caplog.at_level("INFO"), django_capture_on_commit_callbacks(execute=True):
        (delete_message if is_begun else stop_reply)(message=reply, by=ana)

    assert stopped_here() == before + 1
    assert [record.name for record in caplog.records if "reply_ended" in record.getMessage()] == [
        "chat.services.stopping"
    ]


def test_who_asks_again_may_stop_that_and_so_may_who_asked_first(ben: User, eve: User, garden: Room, reply: Message):
    Membership.objects.create(room=garden, user=eve)
    for stopper in (eve, ben):
        write(reply, "One.")
        retry_reply(message=reply, by=eve)

        stop_reply(message=reply, by=stopper)
        assert Message.objects.get(pk=reply.pk).status == "stopped"
        retry_reply(message=reply, by=ben)


def test_another_assistant_is_asked_instead_and_the_next_time_its_own_again(ben: User, garden: Room, reply: Message):
    baker = make_assistant("baker", garden)
    write(reply, "One.")

    retry_reply(message=reply, by=ben, assistant="baker")
    write(reply, "Two.")
    retry_reply(message=reply, by=ben)
    write(reply, "Three.")

    assert list(Attempt.objects.values_list("number", "answered_by", "text").order_by("number")) == [
        (1, None, "One."),
        (2, baker.pk, "Two."),
        (3, None, "Three."),
    ]
    assert Message.objects.get(pk=reply.pk).author.username == "helper"
    assert [attempt.author.slug for attempt in Attempt.objects.all()] == ["helper", "baker", "helper"]


def test_whom_one_asks_instead_may_be_named_in_large_letters(ben: User, garden: Room, reply: Message):
    baker = make_assistant("baker", garden)
    write(reply, "One.")

    retry_reply(message=reply, by=ben, assistant="Baker")

    assert Reply.objects.get().answerer == baker


def test_only_assistants_of_the_room_that_are_switched_on_are_asked_instead(ben: User, garden: Room, reply: Message):
    make_assistant("elsewhere")
    make_assistant("off", garden, enabled=False)
    write(reply, "One.")

    assert [assistant.slug for assistant in answerers(garden)] == ["helper"]
    for slug in ("elsewhere", "off", "nobody"):
        with pytest.raises(AssistantUnavailable):
            retry_reply(message=reply, by=ben, assistant=slug)


@pytest.mark.parametrize(
    ("status", "reason"),
    [("complete", "length"), ("stopped", "stopped"), ("interrupted", "interrupted"), ("failed", "error")],
)
def test_what_was_cut_off_goes_on_by_whoever_wrote_it(
    ben: User, garden: Room, reply: Message, status: str, reason: str
):
    baker = make_assistant("baker", garden)
    write(reply, "One.")
    retry_reply(message=reply, by=ben, assistant="baker")
    write(reply, "One and", status, reason)

    continue_reply(message=reply, by=ben)
    (lease,) = ledger.claim("a writer", 1)

    attempt = Attempt.objects.get(number=3)
    assert (lease.begun, attempt.goes_on, attempt.answered_by, attempt.text) == ("One and", True, baker, "")


def test_a_reply_that_goes_on_and_is_taken_over_goes_on_from_its_checkpoint(ben: User, reply: Message):
    write(reply, "One", "stopped", "stopped")
    continue_reply(message=reply, by=ben)
    (first,) = ledger.claim("one", 1)
    checkpoint(first, Progress(text="One two", html="", sequence=2, model="m", first_token_at=None))
    Reply.objects.update(lease_expires_at=ledger.LONG_AGO)

    (second,) = ledger.claim("two", 1)

    assert second.begun == "One two"


def test_what_came_to_its_end_or_has_no_words_does_not_go_on(ben: User, eve: User, reply: Message):
    with pytest.raises(StillRunning):
        continue_reply(message=reply, by=ben)
    write(reply, "", "stopped", "stopped")
    with pytest.raises(NotCutOff):
        continue_reply(message=reply, by=ben)
    retry_reply(message=reply, by=ben)
    write(reply, "All of it.")
    with pytest.raises(NotCutOff):
        continue_reply(message=reply, by=ben)
    with pytest.raises(NotAMember):
        continue_reply(message=reply, by=eve)


def test_after_an_edit_all_that_was_answered_is_asked_again(ana: User, ben: User, garden: Room, helper: Assistant):
    make_assistant("baker", garden)
    prompt = make_message(garden, ben, "@helper @baker what gorws?")
    first, second = (reply.message for reply in Reply.objects.filter(prompt=prompt).order_by("pk"))
    with pytest.raises(StillRunning):
        ask_again(message=prompt, by=ben)
    for reply in (first, second):
        write(reply, "Nothing.")
    edit_message(message=prompt, by=ben, text="@helper @baker what grows?")

    ask_again(message=prompt, by=ben)

    assert [Message.objects.get(pk=one.pk).status for one in (first, second)] == ["queued", "queued"]
    with pytest.raises(Forbidden):
        ask_again(message=prompt, by=ana)


def test_who_has_left_the_room_asks_there_no_more(ben: User, garden: Room, reply: Message):
    write(reply, "One.")
    leave_room(room=garden, user=ben)

    with pytest.raises(NotAMember):
        ask_again(message=reply.reply.prompt, by=ben)


def test_nobody_is_asked_again_by_what_nobody_answered_or_is_gone(ben: User, garden: Room, reply: Message):
    write(reply, "One.")
    prompt = reply.reply.prompt
    delete_message(message=Message.objects.get(pk=reply.pk), by=reply.author)

    for message in (prompt, make_message(garden, ben, "hello")):
        with pytest.raises(NotFound):
            ask_again(message=message, by=ben)


def test_a_deleted_question_is_not_asked_again(ben: User, reply: Message):
    write(reply, "One.")
    prompt = reply.reply.prompt
    delete_message(message=prompt, by=ben)

    with pytest.raises(NotFound):
        ask_again(message=prompt, by=ben)


def test_an_answer_to_a_deleted_question_is_not_written_again(ben: User, reply: Message):
    write(reply, "One", "stopped", "stopped")
    delete_message(message=reply.reply.prompt, by=ben)

    for again in (retry_reply, continue_reply):
        with pytest.raises(NotFound) as refused:
            again(message=reply, by=ben)
        assert refused.value.detail == "What was asked here is deleted."


def test_who_waits_to_answer_a_deleted_question_waits_no_longer(ben: User, reply: Message):
    make_message(reply.room, ben, "something else")

    delete_message(message=reply.reply.prompt, by=ben)

    ended = Message.objects.get(pk=reply.pk)
    assert (ended.status, ended.text, Reply.objects.get(message=reply).is_open) == ("stopped", "", False)
    assert ledger.claim("a writer", 10) == []


def test_an_assistant_switched_off_meanwhile_does_not_go_on(ben: User, reply: Message):
    write(reply, "One", "stopped", "stopped")
    save_assistant(slug="helper", enabled=False)

    with pytest.raises(AssistantUnavailable):
        continue_reply(message=reply, by=ben)


@pytest.mark.parametrize("again", [retry_reply, continue_reply])
def test_who_was_taken_out_of_the_room_or_is_silent_there_is_not_asked_again(
    ana: User, ben: User, garden: Room, helper: Assistant, reply: Message, again: Callable[..., None]
):
    write(reply, "Half a", "stopped", "stopped")
    let_answer(room=garden, by=ana, assistant=helper, answers="never")
    with pytest.raises(AssistantUnavailable):
        again(message=reply, by=ana)

    remove_member(room=garden, by=ana, user=helper.user)
    with pytest.raises(AssistantUnavailable):
        again(message=reply, by=ana)
    with pytest.raises(AssistantUnavailable):
        ask_again(message=reply.reply.prompt, by=ben)

    add_member(room=garden, by=ana, user=helper.user)
    again(message=reply, by=ana)


def test_who_stood_in_goes_on_though_it_is_not_in_the_room(ana: User, reply: Message):
    write(reply, "Half a", "stopped", "stopped")
    Attempt.objects.update(answered_by=make_assistant("spare"), fallback_kind="network")

    continue_reply(message=reply, by=ana)

    assert Reply.objects.values_list("is_open", "answerer__user__username").get() == (True, "spare")


@pytest.mark.django_db(transaction=True)
def test_what_is_switched_off_begins_nothing_more_in_the_place_of_what_it_stops(
    ben: User, garden: Room, helper: Assistant, monkeypatch: pytest.MonkeyPatch
):
    save_assistant(slug="helper", at_once=1)
    written, waiting = make_reply(garden, ben, helper), make_reply(garden, ben, helper)
    (lease,) = ledger.claim("a writer", 10)

    def end_it_and_look_for_more(*_: int) -> None:
        ledger.finish(lease, Outcome(status="stopped", reason="stopped"))
        assert ledger.claim("a writer", 10) == []

    monkeypatch.setattr(events, "reply_stop_wanted", end_it_and_look_for_more)
    save_assistant(slug="helper", enabled=False)

    for message in (written, waiting):
        message.refresh_from_db()
        assert message.status == "stopped"
