"""A chat that is deleted leaves tombstones, and belongs to nobody."""

from __future__ import annotations

import pytest

from chat.exceptions import Forbidden, NotAMember
from chat.models import Assistant, Attempt, Mention, Message, RemoteConversation, Reply, Room, User
from chat.replies import ledger
from chat.replies.outcomes import Outcome
from chat.services.chats import delete_chat, new_chat
from chat.services.memberships import add_member
from chat.services.people import visit
from chat.services.reactions import toggle_reaction
from chat.services.rooms import change_room
from tests.announcements import Heard, heard
from tests.factories import fresh, make_assistant, make_message, make_person, start_reply

__all__ = ["heard"]


def test_a_deleted_chat_keeps_no_word(ana: User, chat: Room, helper: Assistant) -> None:
    make_message(chat, ana, "my @ana secret")
    attempt = start_reply(Message.objects.get(reply__isnull=False))
    Attempt.objects.update(text="the secret", reasoning="thinking", error_detail="secret")
    RemoteConversation.objects.create(assistant=helper, room=chat, remote_id="1")
    change_room(room=chat, by=ana, topic="secret", instructions="secret")
    visit(user=ana, room=chat)
    toggle_reaction(message=Message.objects.get(reply__isnull=True), by=ana, emoji="🤫")
    before = fresh(chat)

    delete_chat(room=chat, by=ana)

    after = fresh(chat)
    rows = list(Message.objects.in_room(chat).order_by("sequence"))
    assert [(row.text, row.html, row.deleted_by, row.status) for row in rows] == [
        ("", "", ana, "complete"),
        ("", "", ana, "stopped"),
    ]
    assert [row.revision for row in rows] == [before.revision + 1, before.revision + 2]
    assert (after.name, after.topic, after.instructions, after.is_archived) == ("Deleted chat", "", "", True)
    assert after.revision == after.changed_revision == before.revision + 3
    attempt.refresh_from_db()
    assert (attempt.text, attempt.reasoning, attempt.error_detail) == ("", "", "")
    assert not Mention.objects.exists()
    assert not Message.objects.filter(reactions__isnull=False).exists()
    assert not RemoteConversation.objects.exists()
    assert User.objects.get(pk=ana.pk).last_room is None


def test_a_deleted_chat_is_nobodys_any_more(ana: User, ben: User, chat: Room) -> None:
    add_member(room=chat, by=ana, user=ben)

    delete_chat(room=chat, by=ana)

    assert not Room.objects.visible_to(ana).filter(pk=chat.pk).exists()
    assert not Room.objects.visible_to(ben).filter(pk=chat.pk).exists()
    with pytest.raises((NotAMember, Forbidden)):
        delete_chat(room=chat, by=ana)


def test_what_was_being_written_in_a_deleted_chat_can_write_no_more(ana: User, chat: Room) -> None:
    make_message(chat, ana, "tell me everything")
    (lease,) = ledger.claim("a writer", limit=10)

    delete_chat(room=chat, by=ana)

    with pytest.raises(ledger.LeaseLost):
        ledger.finish(lease, Outcome(status="complete", reason="stop", text="everything"))
    assert Reply.objects.get().is_open is False
    assert not Message.objects.exclude(text="").exists()


def test_only_its_owner_deletes_a_chat_and_only_chats_can_be(ana: User, ben: User, chat: Room, garden: Room) -> None:
    add_member(room=chat, by=ana, user=ben)
    make_message(chat, ana, "to be kept")

    with pytest.raises(Forbidden):
        delete_chat(room=chat, by=ben)
    with pytest.raises(Forbidden, match="Only a chat"):
        delete_chat(room=garden, by=ana)

    assert Message.objects.filter(text="to be kept").exists()


def test_deleting_is_told_to_sockets_lists_and_whoever_writes(transactional_db: None, heard: Heard) -> None:
    ana = make_person("ana")
    chat = new_chat(by=ana, assistant=make_assistant("helper"))
    make_message(chat, ana, "hello")
    start_reply(Message.objects.get(reply__isnull=False))
    heard.forget()

    delete_chat(room=chat, by=ana)

    assert [(event["room"], event["joined"]) for event in heard.of_kind("membership")] == [(chat.pk, False)] * 2
    assert [event["room"] for event in heard.of_kind("access")] == [chat.pk]
    assert len(heard.of_kind("stop")) == 1


@pytest.mark.parametrize("count", [1, 40])
def test_a_long_chat_is_deleted_by_as_many_statements_as_a_short_one(
    ana: User, chat: Room, count: int, django_assert_max_num_queries: object
) -> None:
    change_room(room=chat, by=ana, has_assistants=False)
    for number in range(count):
        make_message(chat, ana, f"line {number}")

    with django_assert_max_num_queries(22):  # type: ignore[operator]
        delete_chat(room=chat, by=ana)
