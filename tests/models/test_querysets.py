"""Who may see what, and which rows are meant by a word."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models.functions import Now
from pytest_django import DjangoAssertNumQueries

from chat.models import ApiToken, Assistant, Membership, Message, Reply, Room, User
from chat.services.messages import delete_message, edit_message
from chat.services.people import deactivate
from chat.services.rooms import direct_room
from tests.factories import fresh, make_assistant, make_message, make_messages, make_reply, make_token, membership


def slugs(user: User | AnonymousUser) -> set[str]:
    return set(Room.objects.visible_to(user).values_list("slug", flat=True))


def test_rooms_are_visible_to_their_members_and_public_ones_to_everybody(
    ana: User, eve: User, garden: Room, square: Room
):
    assert slugs(ana) == {"general", "garden", "square"}
    assert slugs(eve) == {"general", "square"}


def test_a_direct_room_is_visible_to_its_people_only(ana: User, ben: User, eve: User):
    room = direct_room(by=ana, others=[ben])

    assert room.slug in slugs(ana) & slugs(ben)
    assert room.slug not in slugs(eve)


def test_nothing_is_visible_to_nobody(square: Room):
    assert slugs(AnonymousUser()) == set()


def test_nothing_is_visible_to_a_closed_account(ana: User, garden: Room):
    deactivate(person=ana, by=None)

    assert slugs(ana) == set()
    assert Message.objects.visible_to(ana).exists() is False


def test_a_visible_room_comes_once_however_many_members_it_has(ana: User, ben: User, eve: User, garden: Room):
    assert [room.slug for room in Room.objects.visible_to(ana).filter(slug="general")] == ["general"]


def test_messages_are_visible_where_their_room_is(ana: User, eve: User, garden: Room, square: Room):
    hidden, open_to_all = make_message(garden, ana), make_message(square, ana)

    assert set(Message.objects.visible_to(ana)) == {hidden, open_to_all}
    assert set(Message.objects.visible_to(eve)) == {open_to_all}


def test_pages_of_history(ana: User, garden: Room):
    make_messages(7, garden, ana)
    messages = Message.objects.in_room(garden)

    assert [message.sequence for message in messages.newest(3)] == [5, 6, 7]
    assert [message.sequence for message in messages.after(5, 3)] == [6, 7]


def test_changes_come_in_their_order(ana: User, garden: Room):
    first, _, third = make_messages(3, garden, ana)
    since = fresh(garden).revision
    edit_message(message=third, by=ana, text="otherwise")
    delete_message(message=first, by=ana)

    assert list(Message.objects.in_room(garden).changed_since(since)) == [third, first]
    assert list(Message.objects.in_room(garden).changed_since(since + 1)) == [first]


def test_unread_is_a_subtraction(ana: User, ben: User, garden: Room):
    make_messages(3, garden, ana)

    assert membership(garden, ben).unread_count == 3
    assert membership(garden, ana).unread_count == 0


def test_the_pointer_never_goes_back(ana: User, ben: User, garden: Room):
    make_messages(3, garden, ana)
    mine = membership(garden, ben)

    assert [mine.read_up_to(2), mine.read_up_to(1), mine.read_up_to(2)] == [True, False, False]
    assert membership(garden, ben).last_read_sequence == 2


def test_mentions_are_counted_until_they_are_read(ana: User, ben: User, garden: Room):
    make_message(garden, ana, "hello @ben")
    gone = make_message(garden, ana, "hello again @ben")
    make_message(garden, ana, "hello @ana")
    make_message(garden, ana, "@ben and @ben")
    delete_message(message=gone, by=ana)

    def count() -> int:
        mine: Any = Membership.objects.with_mention_counts().get(room=garden, user=ben)
        return int(mine.mention_count)

    assert count() == 2
    membership(garden, ben).read_up_to(1)
    assert count() == 1
    membership(garden, ben).read_up_to(4)
    assert count() == 0


def test_a_token_matches_its_secret_only(ana: User):
    token, secret = make_token(ana)

    assert ApiToken.objects.matching(secret) == token
    assert ApiToken.objects.matching(secret[:-1]) is None
    assert ApiToken.objects.matching("") is None
    assert secret not in str(ApiToken.objects.values().get())


def test_names_are_found_however_they_are_typed(ana: User):
    helper = make_assistant("helper")

    assert User.objects.named("ANA").get() == ana
    assert Assistant.objects.named("Helper").get() == helper


def test_what_is_no_name_is_looked_for_nowhere(db: None, django_assert_num_queries: DjangoAssertNumQueries):
    with django_assert_num_queries(0):
        for text in ("", "a\0b", "\ud800", "@ana", "x" * 33):
            assert [*User.objects.named(text), *Assistant.objects.named(text)] == []


def test_an_assistant_is_enabled_if_its_user_is(db: None):
    on, off, gone = make_assistant("on"), make_assistant("off", enabled=False), make_assistant("gone")
    deactivate(person=gone.user, by=None)

    assert list(Assistant.objects.enabled()) == [on]
    assert off.enabled is False


def test_a_reply_waits_until_somebody_holds_it_and_again_when_the_lease_has_run_out(ana: User, garden: Room):
    make_reply(garden, ana, make_assistant("helper", garden))
    assert Reply.objects.waiting().count() == 1

    Reply.objects.update(lease_owner="a writer", lease_expires_at=Now() + timedelta(seconds=5), attempt=1)
    assert Reply.objects.waiting().count() == 0
    assert Reply.objects.held_by("a writer", 1).count() == 1
    assert Reply.objects.held_by("a writer", 2).count() == 0

    Reply.objects.update(lease_expires_at=Now() - timedelta(seconds=1))
    assert Reply.objects.waiting().count() == 1

    Reply.objects.update(is_open=False)
    assert Reply.objects.waiting().count() == 0


def test_a_face_and_a_colour_are_stable_and_can_be_chosen():
    ana = User(username="ana")
    chosen = User(username="ana", avatar_emoji="🐳", avatar_tint=5)

    assert (ana.face, ana.tint) == (User(username="ana").face, User(username="ana").tint)
    assert 1 <= ana.tint <= 8
    assert (chosen.face, chosen.tint) == ("🐳", 5)
    assert User(username="helper", kind="assistant").face == "h"
    assert (ana.shown_name, User(username="ana", display_name="Ana B.").shown_name) == ("ana", "Ana B.")
