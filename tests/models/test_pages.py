"""Pages by prepared queries are what the ORM's own would be, and nothing is asked for behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from pytest_django import DjangoAssertNumQueries

from chat.models import Attachment, Message, Room, User, pages
from chat.models.messages import PAGE_SIZE
from chat.services.messages import delete_message, edit_message
from chat.services.reactions import toggle_reaction
from tests.factories import fresh, make_assistant, make_message, make_messages, make_reply, start_reply


@pytest.fixture
def told(ana: User, ben: User, garden: Room) -> Room:
    """Of each kind of message at least one."""
    helper = make_assistant("helper", garden)
    first = make_message(garden, ana, "first")
    make_message(garden, ana, "an answer", reply_to=first.pk)
    for position in (1, 0):
        Attachment.objects.create(
            message=first, position=position, name=f"{position}.txt", media_type="text/plain", size=1
        )
    toggle_reaction(message=first, by=ben, emoji="👍")
    edit_message(message=make_message(garden, ana, "changed"), by=ana, text="otherwise")
    delete_message(message=make_message(garden, ana, "gone"), by=ana)
    start_reply(make_reply(garden, ana, helper))
    make_reply(garden, ana, helper)
    return fresh(garden)


def everything(message: Message) -> dict[str, Any]:
    """What showing it may look at."""
    reply = getattr(message, "reply", None)
    asked = [reply.prompt, reply.assistant.user, reply.current, reply.stopped_by] if reply else []
    quoted = [message.reply_to, message.reply_to.author] if message.reply_to else []
    return {
        "row": row_of(message),
        "related": [row_of(one) for one in (message.room, message.author, *quoted, *asked) if one is not None],
        "files": [(row_of(file), file.message.pk) for file in message.files],
        "reacted": [(said.emoji, [user.username for user in said.people]) for said in message.reacted],
        "place": message.place,
    }


def row_of(row: Model) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


@pytest.mark.parametrize(
    ("find", "wanted"),
    [
        (pages.newest, lambda whole: whole),
        (lambda room: pages.before(room, 4), lambda whole: whole.filter(sequence__lt=4)),
        (lambda room: pages.after(room, 4), lambda whole: whole.filter(sequence__gt=4)),
        (lambda room: pages.around(room, 4), lambda whole: whole),
    ],
)
def test_a_page_is_what_the_orm_would_read(
    told: Room,
    find: Callable[[Room], list[Message]],
    wanted: Callable[[Any], Any],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    find(told)  # the words of its queries are found once
    page = find(told)

    with django_assert_num_queries(0):
        shown = [everything(message) for message in page]

    expected = wanted(Message.objects.in_room(told).whole()).order_by("sequence")
    assert shown == [everything(message) for message in expected]
    assert shown


def test_changes_are_what_the_orm_would_read(told: Room, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    found = pages.changed_since(told, 2, 50)
    assert found is not None

    with django_assert_num_queries(0):
        shown = [everything(message) for message in found]

    expected = Message.objects.in_room(told).whole().changed_since(2)
    assert shown == [everything(message) for message in expected]
    assert shown
    assert pages.changed_since(told, told.revision, 50) == []
    assert pages.changed_since(told, 0, len(found) - 1) is None


def test_a_page_has_its_size_and_lies_where_it_was_asked_for(ana: User, garden: Room) -> None:
    make_messages(PAGE_SIZE + 30, garden, ana)
    garden = fresh(garden)

    def sequences(messages: list[Message]) -> tuple[int, int]:
        found = [message.sequence for message in messages]
        assert found == list(range(found[0], found[-1] + 1))
        return found[0], found[-1]

    assert sequences(pages.newest(garden)) == (31, 80)
    assert sequences(pages.before(garden, 71)) == (21, 70)
    assert sequences(pages.after(garden, 10)) == (11, 60)
    assert sequences(pages.after(garden, 70)) == (71, 80)
    assert sequences(pages.around(garden, 40)) == (15, 64)
    assert pages.around(garden, 500) == []
