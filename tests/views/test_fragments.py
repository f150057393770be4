"""A fragment has the same bytes for every reader, and on every way it takes."""

from __future__ import annotations

import re

import pytest
from django.template.loader import render_to_string

from chat import frames
from chat.models import Attempt, Message, Room, User
from chat.services.messages import delete_message, edit_message
from tests.factories import make_assistant, make_message, make_reply, start_reply
from tests.views.conftest import browser
from tests.views.markup import Element, breaches, parse

WHOLE = "chat/partials/_message.html"


@pytest.fixture
def conversation(garden: Room, ana: User, ben: User) -> list[Message]:
    """One of each: plain, edited, answered, deleted, and a reply in each of its states."""
    plain = make_message(garden, ana, "hello @ben, `code`")
    edited = edit_message(message=make_message(garden, ben, "teh"), by=ben, text="the")
    make_message(garden, ana, "I agree", reply_to=plain.pk)
    delete_message(message=make_message(garden, ben, "oops"), by=ana)
    assert edited.edited_at is not None
    helper = make_assistant("helper", garden)
    for status in Message.Status.values:
        reply = make_reply(garden, ana, helper)
        start_reply(reply)
        Attempt.objects.filter(reply__message=reply).update(model="tiny-1", completion_tokens=7, error_kind="timeout")
        Message.objects.filter(pk=reply.pk).update(status=status, html="" if status == "queued" else "<p>words</p>")
    return list(Message.objects.whole().filter(room=garden).order_by("sequence"))


def test_two_readers_get_equal_bytes(conversation: list[Message], ana: User, ben: User) -> None:
    ours, theirs = (browser(one, htmx=True).get("/rooms/garden/messages/").content for one in (ana, ben))

    assert ours == theirs


def test_page_fragment_and_frame_carry_the_same_bytes(conversation: list[Message], ana: User) -> None:
    """But for what a page knows of its reader's clock."""
    page = undressed(browser(ana).get("/rooms/garden/").content.decode())

    for message in conversation:
        fragment = render_to_string(WHOLE, {"message": message}).strip()
        assert undressed(fragment) in page
        assert fragment in browser(ana, htmx=True).get(f"/messages/{message.pk}/").content.decode()
        assert fragment in (frames.message_created(message).html or "")


def test_every_fragment_is_one_element_with_its_numbers(conversation: list[Message]) -> None:
    for message in conversation:
        tree = parse(render_to_string(WHOLE, {"message": message}))

        (article,) = [child for child in tree.children if isinstance(child, Element)]
        assert article.attributes["id"] == f"message-{message.pk}"
        assert article.attributes["data-revision"] == str(message.revision)
        assert breaches(tree) == []


def test_a_fragment_tells_nothing_of_who_asks(conversation: list[Message]) -> None:
    for message in conversation:
        html = render_to_string(WHOLE, {"message": message})
        assert "csrf" not in html


@pytest.mark.parametrize(
    ("status", "drawn", "words"),
    [
        ("queued", "reply--queued", "Next in line"),
        ("streaming", "reply--streaming", "Stop"),
        ("complete", "reply--complete", "7 tokens"),
        ("stopped", "reply--stopped", "Stopped"),
        ("failed", "reply--failed", "What was written is kept."),
        ("interrupted", "reply--interrupted", "Interrupted by a restart."),
    ],
)
def test_a_reply_says_how_it_stands_in_form_and_words(
    conversation: list[Message], status: str, drawn: str, words: str
) -> None:
    (message,) = [one for one in conversation if one.is_reply and one.status == status]

    (article,) = parse(render_to_string(WHOLE, {"message": message})).find("article")

    assert article.attributes["class"].split() == ["message", "reply", drawn]
    assert words in article.text
    assert ("aria-busy" in article.attributes) is (status in Message.RUNNING)
    assert len(article.find("reply-body")) == 1


def test_a_reply_without_words_is_thinking(conversation: list[Message]) -> None:
    (message,) = [one for one in conversation if one.status == "streaming"]
    message.html = ""

    (article,) = parse(render_to_string(WHOLE, {"message": message})).find("article")

    assert "reply--thinking" in article.attributes["class"]
    assert article.find("p", class_="reply__wait")[0].text == "Thinking"


def test_a_deleted_reply_is_a_tombstone_like_any_other(garden: Room, ana: User) -> None:
    reply = make_reply(garden, ana, make_assistant("helper", garden))
    delete_message(message=reply, by=ana)

    message = Message.objects.whole().get(pk=reply.pk)
    (article,) = parse(render_to_string(WHOLE, {"message": message})).find("article")

    assert article.attributes["class"] == "message message--gone"
    assert article.find("reply-body") == []


def test_a_frame_repeats_the_client_id_to_its_sender_only(garden: Room, ana: User) -> None:
    message = Message.objects.whole().get(pk=make_message(garden, ana).pk)

    others = frames.message_created(message)
    mine = others.addressed("c0ffee")

    assert others.shown.startswith(
        f'<chat-frame type="message.created" revision="{message.revision}" message="{message.pk}"'
    )
    assert parse(mine.shown).find("chat-frame")[0].attributes["client-id"] == "c0ffee"
    assert "client-id" not in parse(others.shown).find("chat-frame")[0].attributes


def test_a_growing_reply_travels_as_blocks_and_raw_tails() -> None:
    block = {"index": 0, "html": "<p>One <b>two</b></p>", "is_open": False, "text": None}
    tail = {"index": 1, "html": None, "is_open": True, "text": "<script>"}

    (frame,) = parse(frames.reply_grew(5, 1, 9, "…", [block, tail]).shown).find("chat-frame")

    assert frame.attributes == {"type": "token", "message": "5", "attempt": "1", "sequence": "9"}
    assert [(child.tag, child.attributes, child.text) for child in frame.children if isinstance(child, Element)] == [
        ("reply-block", {"index": "0"}, "One two"),
        ("reply-tail", {"index": "1"}, "<script>"),
    ]


def test_a_room_is_shown_again_by_its_heading(garden: Room) -> None:
    garden.topic = "beans & peas"

    (frame,) = parse(frames.room_changed(garden, 3, 12).shown).find("chat-frame")

    assert (frame.attributes["type"], frame.attributes["revision"]) == ("room", "12")
    assert [element.text for element in frame.find(id="room-heading")] == ["# Garden beans & peas"]
    assert [element.text for element in frame.find(id="room-members")] == ["3 members"]


def undressed(html: str) -> str:
    return re.sub(r"(<time [^>]*>)[^<]*", r"\1", html.replace(" message--follow", ""))
