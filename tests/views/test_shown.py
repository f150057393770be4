"""Messages are drawn once, and anew as soon as anything that they show is another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from chat.models import Assistant, Attempt, Message, Reply, Room, User
from chat.replies.ledger import claim, finish
from chat.replies.outcomes import Outcome
from chat.services.messages import delete_message, edit_message
from chat.services.reactions import toggle_reaction
from chat.views.shown import Drawings, shown
from tests.factories import make_assistant, make_message, make_person, make_reply


def read(message: Message) -> Message:
    return Message.objects.whole().get(pk=message.pk)


def drawn_anew(message: Message) -> str:
    return render_to_string("chat/partials/_message.html", {"message": read(message)})


def answered(garden: Room, ana: User, text: str = "by the sea") -> Message:
    reply = make_reply(garden, ana, make_assistant("helper", garden, model="small"))
    (lease,) = claim("a writer", limit=1)
    finish(lease, Outcome(status="complete", reason="stop", text=text, sequence=1))
    return reply


def test_a_message_is_drawn_once_for_all_who_have_the_same_clock(garden: Room, ana: User) -> None:
    message = make_message(garden, ana, "**hello**")
    first = shown(read(message), time="12:00")
    make_message(garden, ana, "something else goes on there")

    assert shown(read(message), time="12:00") is first
    assert ">07:00</time>" in shown(read(message), time="07:00")
    assert "message--follow" in shown(read(message), follows=True, time="12:00")


def test_what_is_being_written_is_drawn_each_time(garden: Room, ana: User) -> None:
    reply = make_reply(garden, ana, make_assistant("helper", garden))

    assert shown(read(reply)) is not shown(read(reply))


def rename(message: Message) -> None:
    User.objects.filter(pk=message.author_id).update(display_name="Somebody Else")


def paint(message: Message) -> None:
    User.objects.filter(pk=message.author_id).update(avatar_tint=5, avatar_emoji="🐢")


def react(message: Message) -> None:
    toggle_reaction(message=message, by=message.author, emoji="👍")


def rename_who_reacts(message: Message) -> None:
    cem = make_person("cem")
    toggle_reaction(message=message, by=cem, emoji="👍")
    assert 'title="cem"' in shown(read(message))
    User.objects.filter(pk=cem.pk).update(display_name="Somebody Else")


def edit(message: Message) -> None:
    edit_message(message=message, by=message.author, text="or rather not")


def edit_what_it_answers(message: Message) -> None:
    assert message.reply_to is not None
    edit_message(message=message.reply_to, by=message.reply_to.author, text="another question")


def delete_what_it_answers(message: Message) -> None:
    assert message.reply_to is not None
    delete_message(message=message.reply_to, by=message.reply_to.author)


def rename_whom_it_answers(message: Message) -> None:
    assert message.reply_to is not None
    rename(message.reply_to)


@pytest.mark.parametrize(
    "change",
    [
        rename,
        paint,
        react,
        rename_who_reacts,
        edit,
        edit_what_it_answers,
        delete_what_it_answers,
        rename_whom_it_answers,
    ],
)
def test_a_change_is_seen(garden: Room, ana: User, ben: User, change: Callable[[Message], None]) -> None:
    question = make_message(garden, ben, "what do you think?")
    message = make_message(garden, ana, "yes", reply_to=question.pk)
    before = shown(read(message))

    change(read(message))

    assert before != shown(read(message)) == drawn_anew(message)


def another_model(reply: Reply) -> None:
    Assistant.objects.filter(pk=reply.assistant_id).update(model="large")


def another_cost(reply: Reply) -> None:
    Attempt.objects.filter(reply=reply).update(completion_tokens=77)


def another_name(reply: Reply) -> None:
    User.objects.filter(pk=reply.assistant.user_id).update(display_name="Sir Helper")


@pytest.mark.parametrize("change", [another_model, another_cost, another_name])
def test_a_change_beside_an_answer_is_seen(garden: Room, ana: User, change: Callable[[Reply], None]) -> None:
    answer = answered(garden, ana)
    before = shown(read(answer))

    change(Reply.objects.get(message=answer))

    assert before != shown(read(answer)) == drawn_anew(answer)


def test_a_room_at_another_address_is_linked_to_there(garden: Room, ana: User) -> None:
    message = make_message(garden, ana)
    before = shown(read(message))

    Room.objects.filter(pk=garden.pk).update(slug="orchard")

    assert "/rooms/garden/" in before
    assert "/rooms/orchard/" in shown(read(message)) == drawn_anew(message)


def test_only_the_last_ones_are_kept() -> None:
    drawings = Drawings(most=2)
    for key in (b"1", b"2"):
        drawings.keep(key, SafeString(key.decode()))

    drawings.get(b"1")
    drawings.keep(b"3", SafeString("3"))

    assert [drawings.get(key) for key in (b"1", b"2", b"3")] == ["1", None, "3"]
