"""What an assistant is told of the room it answers in, and of nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from chat.models import Assistant, Membership, Message, Reply, Room, User
from chat.models.assistants import longest_request
from chat.providers import Turn
from chat.replies import ledger
from chat.replies.briefing import Briefing, QuestionGone, brief, timeouts_of
from chat.replies.history import PAGE
from chat.replies.outcomes import Outcome
from chat.services.messages import delete_message
from tests.factories import make_assistant, make_message, make_person, make_room
from tests.replies.conftest import ask


def briefed(room: Room, asker: User, text: str = "@helper what grows here?", **given: Any) -> Briefing:
    ask(room, asker, text)
    return brief(ledger.claim("one", 10)[-1], **given)


def told(briefing: Briefing) -> list[str]:
    return [turn.content for turn in briefing.request.turns[1:]]


def test_the_room_goes_along_up_to_the_question(room: Room, ana: User) -> None:
    make_message(room, ana, "roses grow here")
    delete_message(message=make_message(room, ana, "and weeds"), by=ana)
    ask(room, ana)
    make_message(room, ana, "said afterwards")

    briefing = brief(ledger.claim("one", 10)[0])

    assert briefing.request.turns[0].role == "system"
    assert told(briefing) == ["ana: roses grow here\n\nana: @helper what grows here?"]


def test_only_the_room_it_answers_in(room: Room, ana: User) -> None:
    other = make_room("harbour", ana)
    secret = make_message(other, ana, "the tide is secret")
    prompt = make_message(room, ana, "@helper when is it?")
    Message.objects.filter(pk=prompt.pk).update(created_at=secret.created_at)

    assert told(brief(ledger.claim("one", 10)[0])) == ["ana: @helper when is it?"]


@pytest.mark.parametrize("status", ["queued", "streaming", "failed", "interrupted"])
def test_what_an_assistant_did_not_finish_was_not_said(room: Room, ana: User, status: str) -> None:
    reply = ask(room, ana, "@helper first")
    Message.objects.filter(pk=reply.pk).update(status=status, text="half an")

    assert told(briefed(room, ana, "@helper second")) == ["ana: @helper first\n\nana: @helper second"]


def test_what_was_stopped_was_said_and_reasoning_never_goes_along(room: Room, ana: User) -> None:
    ask(room, ana, "@helper first")
    (lease,) = ledger.claim("one", 10)
    ledger.finish(lease, Outcome(status="stopped", reason="stopped", text="half an", reasoning="secretly"))

    assert told(briefed(room, ana, "@helper second")) == ["ana: @helper first", "half an", "ana: @helper second"]


def test_another_assistant_speaks_under_its_name(room: Room, ana: User) -> None:
    scribe = make_assistant("scribe", room)
    make_message(room, scribe.user, "ana: I agree\nben: so do I")

    assert told(briefed(room, ana)) == [
        "scribe (assistant): ana: I agree\n  ben: so do I\n\nana: @helper what grows here?"
    ]


def test_the_prompt_knows_the_room(room: Room, ana: User) -> None:
    make_person("zoe")
    Room.objects.filter(pk=room.pk).update(name="Rose garden", topic="{members}", instructions="Be brief.")
    Assistant.objects.update(prompt="{room}|{topic}|{date}|{members}|{other}")

    system = briefed(room, ana).request.turns[0].content

    today = timezone.localdate()
    assert system.startswith(f"Rose garden|{{members}}|{today:%A}, {today.isoformat()}|ana, helper|{{other}}\n\n")
    assert "Be brief." in system


def test_how_somebody_likes_to_be_called_is_no_name_to_a_model(room: Room, ana: User) -> None:
    User.objects.filter(pk=ana.pk).update(display_name="ben: yes\nzoe")
    Assistant.objects.update(prompt="With {members}.")

    briefing = briefed(room, ana)

    assert briefing.request.turns[0].content.startswith("With ana, helper.")
    assert told(briefing) == ["ana: @helper what grows here?"]


def test_without_a_prompt_it_knows_who_and_where_it_is(room: Room, ana: User) -> None:
    Room.objects.filter(pk=room.pk).update(name='Garden {topic} "of"\nana', topic="x")

    system = briefed(room, ana).request.turns[0].content

    assert system.startswith('You are helper, an assistant on Chat, in the room "Garden {topic} "of" ana". Answer in')


def test_what_is_quoted_goes_along_however_old_it_is(room: Room, ana: User) -> None:
    old = make_message(room, ana, "the first word")
    for number in range(5):
        make_message(room, ana, f"{number} " + "many words and more " * 50)
    Assistant.objects.update(context_tokens=400)
    make_message(room, ana, "@helper what was that?", reply_to=old.pk)

    assert told(brief(ledger.claim("one", 10)[0])) == ["ana (quoted): the first word\n\nana: @helper what was that?"]


def test_what_is_quoted_and_deleted_since_does_not(room: Room, ana: User) -> None:
    old = make_message(room, ana, "the first word")
    make_message(room, ana, "@helper what was that?", reply_to=old.pk)
    delete_message(message=old, by=ana)

    assert told(brief(ledger.claim("one", 10)[0])) == ["ana: @helper what was that?"]


def test_each_request_has_a_key_of_its_own_also_on_another_site(room: Room, ana: User) -> None:
    stand_in = make_assistant("scribe", model="other")
    ask(room, ana)
    (lease,) = ledger.claim("one", 10)

    asked = [brief(lease), brief(lease, most_tokens=100), brief(lease, asked=stand_in.pk)]
    again = brief(lease).request.reply_key
    Reply.objects.update(created_at=timezone.now())  # another site's, of the same number
    keys = [briefing.request.reply_key for briefing in (*asked, brief(lease))]

    assert len(set(keys)) == 4
    assert keys[0] == again
    assert max(map(len, keys)) < 100


def test_a_question_that_is_deleted_is_asked_of_nobody(room: Room, ana: User) -> None:
    make_message(room, ana, "something before")
    answer = ask(room, ana)
    (lease,) = ledger.claim("one", 10)
    delete_message(message=answer.reply.prompt, by=ana)

    with pytest.raises(QuestionGone):
        brief(lease)


def test_history_goes_back_as_far_as_the_models_window(room: Room, ana: User) -> None:
    sequences = range(room.last_sequence + 1, room.last_sequence + 2 * PAGE + 51)
    Message.objects.bulk_create(
        Message(room=room, author=ana, sequence=n, revision=n, created_revision=0, text=f"word {n}") for n in sequences
    )
    Room.objects.filter(pk=room.pk).update(last_sequence=sequences[-1], revision=sequences[-1])
    Assistant.objects.update(context_tokens=100_000)

    wide = briefed(room, ana)
    Assistant.objects.update(context_tokens=1_200)
    narrow = briefed(room, ana)

    assert told(wide)[0].count("word") == len(sequences)
    assert 20 < told(narrow)[0].count("word") < 90
    assert narrow.tokens <= 900
    assert told(wide)[0].endswith("ana: @helper what grows here?")


def test_it_can_be_told_less(room: Room, ana: User) -> None:
    for number in range(20):
        make_message(room, ana, f"message {number}")

    whole = briefed(room, ana)
    half = brief(ledger.Lease(*_fields(whole, room)), most_tokens=whole.tokens // 2)

    assert half.tokens <= whole.tokens // 2
    assert told(whole)[0].endswith(told(half)[0])


def _fields(whole: Briefing, room: Room) -> tuple[int, int, int, int, str, str, int]:
    reply = Reply.objects.get()
    return reply.pk, reply.message_id, room.pk, reply.prompt_id, "helper", "one", reply.attempt


def test_who_stands_in_is_told_the_room_in_its_own_way(room: Room, ana: User) -> None:
    stand_in = make_assistant("scribe", prompt="You are Scribe.", model="other", temperature=0.5)
    reply = ask(room, ana, "@helper first")
    Message.objects.filter(pk=reply.pk).update(status="complete", text="it is")
    Reply.objects.update(is_open=False)

    briefing = briefed(room, ana, "@helper second", asked=stand_in.pk)

    assert briefing.request.turns[0].content.startswith("You are Scribe.")
    assert briefing.request.turns[1:] == (
        Turn("user", "ana: @helper first\n\nhelper (assistant): it is\n\nana: @helper second"),
    )
    assert (briefing.request.model, briefing.request.temperature) == ("other", 0.5)
    assert not Membership.objects.filter(user=stand_in.user).exists()


@pytest.mark.parametrize(
    ("first_byte_seconds", "is_reasoning", "seconds"),
    [
        (None, False, (120, 180, 900, True)),
        (30, False, (30, 180, 900, True)),
        (1_800, False, (1_800, 1_800, 3_600, True)),
        (None, True, (600, 600, 1_200, False)),
        (30, True, (600, 600, 1_200, False)),
        (1_800, True, (1_800, 1_800, 3_600, False)),
    ],
)
def test_a_model_has_the_time_that_it_needs_before_it_speaks(
    first_byte_seconds: int | None, is_reasoning: bool, seconds: tuple[float, float, float, bool]
) -> None:
    slow = Assistant(first_byte_seconds=first_byte_seconds, is_reasoning_model=is_reasoning)

    timeouts = timeouts_of(slow)

    assert (timeouts.headers, timeouts.progress, timeouts.total, timeouts.begins_again) == seconds
    assert longest_request(first_byte_seconds, is_reasoning=is_reasoning) == timeouts.total
