"""Words that are edited or deleted after they were said."""

from __future__ import annotations

import pytest

from chat.exceptions import Forbidden, NotFound, RoomArchived
from chat.models import Attempt, Feedback, Mention, Message, Reply, Room, User
from chat.services.memberships import leave_room
from chat.services.messages import delete_message, edit_message
from chat.services.rooms import archive_room
from tests.factories import (
    fresh,
    make_assistant,
    make_message,
    make_messages,
    make_reply,
    make_room,
    membership,
    start_reply,
)


def test_edit_message_changes_text_and_revision_and_keeps_its_place(ana: User, garden: Room):
    message = make_message(garden, ana, "helo")
    make_message(garden, ana)
    before = fresh(garden).revision

    edited = edit_message(message=message, by=ana, text="**hello**")

    stored = Message.objects.get(pk=message.pk)
    assert (stored.text, stored.html, stored.sequence) == ("**hello**", "<p><strong>hello</strong></p>", 1)
    assert (stored.revision, stored.created_revision) == (before + 1, message.created_revision)
    assert edited.edited_at == stored.edited_at is not None


def test_editing_without_a_change_changes_nothing(ana: User, garden: Room):
    message = make_message(garden, ana, "hello")
    before = fresh(garden).revision

    edit_message(message=message, by=ana, text="hello")

    assert Message.objects.get().edited_at is None
    assert fresh(garden).revision == before


def test_editing_moves_the_mentions(ana: User, ben: User, eve: User, garden: Room):
    message = make_message(garden, ana, "hello @ben and @ana")

    edit_message(message=message, by=ana, text="hello @eve and @ana")

    assert set(message.mentions.values_list("user__username", flat=True)) == {"eve", "ana"}


def test_edit_message_refuses_others_owners_and_staff(ana: User, ben: User, staff: User, garden: Room):
    message = make_message(garden, ben)

    with pytest.raises(Forbidden):
        edit_message(message=message, by=ana, text="mine")
    with pytest.raises(NotFound):
        edit_message(message=message, by=staff, text="mine")


def test_edit_message_refuses_who_has_left(ben: User, garden: Room):
    message = make_message(garden, ben)
    leave_room(room=garden, user=ben)

    with pytest.raises(NotFound):
        edit_message(message=message, by=ben, text="still mine")


def test_edit_message_refuses_tombstones_and_archived_rooms(ana: User, garden: Room):
    gone, kept = make_messages(2, garden, ana)
    delete_message(message=gone, by=ana)
    archive_room(room=garden, by=ana)

    with pytest.raises(NotFound):
        edit_message(message=gone, by=ana, text="back")
    with pytest.raises(RoomArchived):
        edit_message(message=kept, by=ana, text="otherwise")


def test_delete_message_leaves_a_tombstone(ana: User, ben: User, garden: Room):
    message = make_message(garden, ana, "hello @ben")
    before = fresh(garden).revision

    delete_message(message=message, by=ana)

    stored = Message.objects.get()
    assert (stored.text, stored.html, stored.sequence, stored.revision) == ("", "", 1, before + 1)
    assert (stored.is_deleted, stored.deleted_by) == (True, ana)
    assert Mention.objects.count() == 0


def test_a_deleted_message_keeps_counting_as_unread(ana: User, ben: User, garden: Room):
    delete_message(message=make_message(garden, ana), by=ana)

    assert membership(garden, ben).unread_count == 1


def test_authors_owners_and_staff_delete_and_nobody_else(ana: User, ben: User, eve: User, staff: User, garden: Room):
    by_owner, by_staff, kept = make_messages(3, garden, ben)
    make_room("orchard", ben, owner=eve)

    assert delete_message(message=by_owner, by=ana).is_deleted is True
    assert delete_message(message=by_staff, by=staff).is_deleted is True
    with pytest.raises(Forbidden):
        delete_message(message=kept, by=eve)
    with pytest.raises(Forbidden):
        delete_message(message=make_message(garden, ana), by=ben)


def test_delete_message_deletes_once(ana: User, garden: Room):
    message = make_message(garden, ana)
    delete_message(message=message, by=ana)

    with pytest.raises(NotFound):
        delete_message(message=message, by=ana)


def test_a_deleted_reply_is_written_by_nobody_and_its_attempts_are_empty(ana: User, garden: Room):
    message = make_reply(garden, ana, make_assistant("helper", garden))
    attempt = start_reply(message)
    Attempt.objects.update(text="half an ans", reasoning="hm", error_detail="half an answer, too")
    Feedback.objects.create(attempt=attempt, user=ana, rating=-1, words="it says half an ans")

    delete_message(message=message, by=ana)

    assert Message.objects.get(pk=message.pk).status == "stopped"
    assert Reply.objects.values_list("is_open", "lease_owner").get() == (False, "")
    assert Attempt.objects.values_list("text", "reasoning", "error_detail").get() == ("", "", "")
    assert Feedback.objects.get().words == ""
