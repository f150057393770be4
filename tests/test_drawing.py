"""Frames that are drawn by a cast are what the template draws."""

from __future__ import annotations

from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat import drawing, frames
from chat.drawing import growth, messages, templates
from chat.models import Assistant, Message, Room, User
from chat.services.messages import edit_message
from chat.services.queueing import queue_replies
from chat.services.reactions import toggle_reaction
from tests.factories import make_assistant, make_message
from tests.people import ana, ben, garden

__all__ = ["ana", "ben", "garden"]

WORDS = st.text(st.sampled_from("ab <>&\"'\n\ue0000123456789{}%é"), max_size=12)
BLOCKS = st.fixed_dictionaries(
    {"index": st.integers(0, 2000), "html": WORDS, "is_open": st.booleans(), "text": st.none() | WORDS}
)
TAILS = st.fixed_dictionaries(
    {"index": st.integers(0, 2000), "html": st.none(), "is_open": st.just(True), "text": WORDS}
)
PARTS = st.fixed_dictionaries(
    {
        "index": st.integers(0, 2000),
        "html": st.none(),
        "is_open": st.just(True),
        "text": st.just(""),
        "position": st.integers(0, 200),
        "children": st.lists(st.sampled_from(["<tr><td>a</td></tr>", "<li>b</li>"]), min_size=1, max_size=3),
    }
)
SAID = st.fixed_dictionaries(
    {
        "text": WORDS.filter(str.strip),
        "name": WORDS | st.just('datetime="1987-06-05T04:03:02+00:00">5 Jun 04:03<'),
        "face": st.sampled_from(["", "🐢", "&"]),
        "at": st.integers(10**9, 2 * 10**9).map(lambda at: datetime.fromtimestamp(at, UTC))
        | st.just(messages.A_MOMENT),
        "language": st.sampled_from(["en", "de"]),
        "zone": st.sampled_from(["UTC", "Asia/Kathmandu"]),
    }
)


@pytest.fixture(autouse=True)
def no_forms() -> None:
    messages.forms.clear()


@given(st.lists(BLOCKS | TAILS | PARTS, max_size=growth.MOST_CAST_PIECES + 2))
def test_what_a_reply_gained_is_drawn_as_the_template_draws_it(pieces: list[dict[str, Any]]) -> None:
    drawn = frames.reply_grew(12345, 2, 1000, "…", pieces).html

    data = {"message_id": 12345, "attempt": 2, "sequence": 1000, "pieces": [growth.with_part(one) for one in pieces]}
    assert drawn == templates.html("reply_grew", data)


@given(st.text())
def test_what_a_reply_gained_is_written_as_any_event(content: str) -> None:
    facts = {"type": "token", "message": 12345, "attempt": 2, "sequence": 1000, "content": content}

    assert frames.reply_grew(12345, 2, 1000, content, []).json == frames.dumps(facts)


def by_template(message: Message) -> str:
    return templates.html("message_created", {"message": message, "revision": message.revision})


def drawings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of which template each was, from now on."""
    asked: list[str] = []
    draw = templates.html

    def html(name: str, context: Any) -> str:
        asked.append(name)
        return draw(name, context)

    monkeypatch.setattr(templates, "html", html)
    return asked


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(said=st.lists(SAID, min_size=3, max_size=6))
def test_what_somebody_says_is_drawn_as_the_template_draws_it(
    garden: Room, ana: User, said: list[dict[str, Any]]
) -> None:
    message = make_message(garden, ana)
    for number, each in enumerate(said):
        message.author.display_name, message.author.avatar_emoji = each["name"], each["face"]
        message.pk, message.sequence, message.revision = 7 * number, 5 * number, 11 * number
        message.html, message.created_at = f"<p>{each['text']}</p>", each["at"]
        with translation.override(each["language"]), timezone.override(each["zone"]):
            for _ in range(3):
                assert drawing.created(message) == by_template(message)


def test_the_template_is_asked_no_more_once_somebody_has_spoken_twice(
    garden: Room, ana: User, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        drawing.created(make_message(garden, ana, f"line {number}"))
    more = [make_message(garden, ana, f"line {number}") for number in range(2, 5)]
    expected = [by_template(message) for message in more]
    asked = drawings(monkeypatch)

    assert [drawing.created(message) for message in more] == expected
    assert asked == []
    drawing.created(make_message(garden, ben))
    assert asked == ["message_created"]


def awaited(room: Room, asker: User) -> Message:
    """The place of an answer, as it is announced."""
    prompt = make_message(room, asker, "@helper when?")
    room = Room.objects.lock(room.pk)
    (message,) = queue_replies(room=room, prompt=prompt, mentions=(User.objects.get(username="helper").pk,))
    room.keep()
    return message


def test_the_place_of_an_answer_is_drawn_as_the_template_draws_it(
    garden: Room, ana: User, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks."""
    helper = make_assistant("helper", garden)
    for _ in range(2):
        drawing.created(awaited(garden, ana))
    more = [awaited(garden, asker) for asker in (ana, ben)]
    expected = [by_template(message) for message in more]
    asked = drawings(monkeypatch)

    assert [drawing.created(message) for message in more] == expected
    assert asked == []
    Assistant.objects.filter(pk=helper.pk).update(model="another")
    assert "another" in drawing.created(awaited(garden, ana))
    assert asked == ["message_created"]


def test_an_answer_of_which_more_is_known_is_asked_of_the_template(
    garden: Room, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_assistant("helper", garden)
    for _ in range(3):
        drawing.created(awaited(garden, ana))
    waiting, begun, again, stood_in_for = (awaited(garden, ana) for _ in range(4))
    waiting.place = 3
    begun.status = Message.Status.STREAMING
    again.attempt_number, again.html = 2, "<p>so far</p>"
    stood_in_for.reply.answerer = make_assistant("friend", garden)
    asked = drawings(monkeypatch)

    for message in (waiting, begun, again, stood_in_for):
        assert drawing.created(message) == by_template(message)
    assert len(asked) == 8


@pytest.mark.parametrize("more", ["reply.asker.shown_name", "reply.prompt.text", "reply.prompt.pk", "reply.pk"])
def test_a_template_that_says_more_of_an_answer_is_asked_each_time(
    garden: Room, ana: User, ben: User, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    make_assistant("helper", garden)
    draw = templates.html
    say = attrgetter(more)
    monkeypatch.setattr(templates, "html", lambda name, context: draw(name, context) + str(say(context["message"])))

    for asker in (ana, ana, ana, ben):
        message = awaited(garden, asker)
        assert drawing.created(message).endswith(f">{say(message)}")


def test_what_is_more_than_words_is_asked_of_the_template(garden: Room, ana: User) -> None:
    first = make_message(garden, ana, "first")
    for number in range(3):
        drawing.created(make_message(garden, ana, f"line {number}"))

    answer = make_message(garden, ana, "yes", reply_to=first.pk)
    edited = edit_message(message=make_message(garden, ana, "teh"), by=ana, text="the")
    reacted = toggle_reaction(message=make_message(garden, ana, "well"), by=ana, emoji="👍")
    long = make_message(garden, ana, "word " * 600)

    for message, mark in (
        (answer, "message__quote"),
        (edited, "message__edited"),
        (reacted, "reaction"),
        (long, "fold"),
    ):
        assert mark in drawing.created(message) == by_template(message)


def test_a_template_that_says_more_of_a_message_is_asked_each_time(
    garden: Room, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = templates.html
    monkeypatch.setattr(templates, "html", lambda name, context: draw(name, context) + context["message"].excerpt)

    for number in range(5):
        assert drawing.created(make_message(garden, ana, f"line {number}")).endswith(f">line {number}")


def test_a_template_that_no_cast_can_follow_is_asked_each_time(
    garden: Room, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that counts the letters of what is said, say."""
    monkeypatch.setattr(templates, "html", lambda _, context: f"{len(context['message'].html)} letters")

    for number in (8, 9, 10, 11):
        assert drawing.created(make_message(garden, ana, str(10**number))) == f"{number + 8} letters"


def test_the_forms_kept_are_bounded(garden: Room, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MOST_FORMS", 3)
    message = make_message(garden, ana)
    for number in range(10):
        message.author.display_name = f"Ana {number}"
        assert f"Ana {number}" in drawing.created(message)

    assert len(messages.forms) <= 3


@override_settings(DEBUG=True)
def test_while_templates_are_being_written_they_are_asked_each_time(garden: Room, ana: User) -> None:
    for number in range(3):
        drawing.created(make_message(garden, ana, f"line {number}"))

    assert messages.forms == {}
