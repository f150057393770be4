"""What the data must never be, whoever writes it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from chat.models import ApiToken, Assistant, Attempt, Membership, Mention, Message, Reply, Room, User
from tests.factories import make_assistant, make_message, make_reply, make_token, start_reply


def refused(write: Callable[[], Any]) -> bool:
    """By the database itself."""
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize("name", ["", "Ana", "-ana", "an a", "ana!", "ána"])
def test_a_name_is_well_formed(db: None, name: str):
    assert refused(lambda: User.objects.bulk_create([User(username=name)])) is True


@pytest.mark.parametrize("name", ["a", "0", "ana.b-c_d", "x" * 32])
def test_a_well_formed_name_is_taken(db: None, name: str):
    assert refused(lambda: User.objects.bulk_create([User(username=name)])) is False


def test_names_are_one_space(db: None):
    make_assistant("helper")

    assert refused(lambda: User.objects.bulk_create([User(username="helper")])) is True


def test_an_e_mail_belongs_to_one_person_however_it_is_written(ana: User, ben: User):
    User.objects.filter(pk=ana.pk).update(email="ana@example.org")

    assert refused(lambda: User.objects.filter(pk=ben.pk).update(email="Ana@Example.org")) is True


def test_many_people_have_no_e_mail(ana: User, ben: User):
    assert list(User.objects.values_list("email", flat=True)) == ["", ""]


@pytest.mark.parametrize("fields", [{"is_staff": True}, {"is_superuser": True}, {"email": "a@example.org"}])
def test_an_assistant_is_nobody_who_could_sign_in(db: None, fields: dict[str, Any]):
    helper = make_assistant("helper").user

    assert refused(lambda: User.objects.filter(pk=helper.pk).update(**fields)) is True


def test_a_colour_is_one_of_ours(ana: User):
    assert refused(lambda: User.objects.filter(pk=ana.pk).update(avatar_tint=9)) is True


@pytest.mark.parametrize("slug", ["", "Garden", "a b", "-x", "x.y"])
def test_an_address_is_well_formed(db: None, slug: str):
    assert refused(lambda: Room.objects.bulk_create([Room(slug=slug, name="x")])) is True


def test_an_address_is_taken_once(garden: Room):
    assert refused(lambda: Room.objects.bulk_create([Room(slug="garden", name="x")])) is True


def test_a_room_cannot_have_changed_in_the_future(garden: Room):
    assert refused(lambda: Room.objects.filter(pk=garden.pk).update(changed_revision=garden.revision + 1)) is True


def test_a_direct_room_knows_its_people_and_no_other_room_does(garden: Room):
    assert refused(lambda: Room.objects.filter(pk=garden.pk).update(kind="direct")) is True
    assert refused(lambda: Room.objects.filter(pk=garden.pk).update(direct_key="1:2")) is True


def test_somebody_is_a_member_once(ana: User, garden: Room):
    assert refused(lambda: Membership.objects.create(room=garden, user=ana)) is True


@pytest.fixture
def message(ana: User, garden: Room) -> Message:
    return make_message(garden, ana, "hello @ben", client_id=uuid.uuid4())


def copy_of(message: Message, **changed: Any) -> Callable[[], object]:
    fields = {"room": message.room, "author": message.author, "sequence": 99, "revision": 99, "created_revision": 99}
    return lambda: Message.objects.create(**{**fields, **changed})


def test_a_place_in_a_room_is_taken_once(message: Message):
    assert refused(copy_of(message, sequence=message.sequence)) is True
    assert refused(copy_of(message)) is False


def test_a_client_id_is_used_once_by_its_author_in_its_room(message: Message, ben: User, square: Room):
    assert refused(copy_of(message, client_id=message.client_id)) is True
    assert refused(copy_of(message, client_id=message.client_id, author=ben)) is False
    assert refused(copy_of(message, client_id=message.client_id, room=square)) is False


def test_messages_without_a_client_id_are_many(message: Message):
    assert refused(copy_of(message)) is False
    assert refused(copy_of(message, sequence=100)) is False


def test_a_message_is_made_before_it_is_changed(message: Message):
    assert refused(lambda: Message.objects.update(created_revision=message.revision + 1)) is True


@pytest.mark.parametrize("left", [{"text": "words"}, {"html": "<p>words</p>"}])
def test_a_tombstone_has_no_words(message: Message, left: dict[str, str]):
    emptied = {"text": "", "html": "", "deleted_at": timezone.now()}

    assert refused(lambda: Message.objects.update(**{**emptied, **left})) is True
    assert refused(lambda: Message.objects.update(**emptied)) is False


def test_somebody_is_mentioned_once_in_a_message(message: Message, ben: User):
    again = Mention(message=message, user=ben, room=message.room, sequence=message.sequence)

    assert refused(again.save) is True


def test_a_temperature_is_one(db: None):
    make_assistant("helper")

    assert refused(lambda: Assistant.objects.update(temperature=2.1)) is True
    assert refused(lambda: Assistant.objects.update(temperature=-0.1)) is True
    assert refused(lambda: Assistant.objects.update(temperature=2)) is False


def test_an_attempt_has_a_number_of_its_own_from_one(ana: User, garden: Room):
    reply = Reply.objects.get(message=make_reply(garden, ana, make_assistant("helper", garden)))

    assert refused(lambda: Attempt.objects.create(reply=reply, number=0)) is True
    assert refused(lambda: Attempt.objects.create(reply=reply, number=1)) is False
    assert refused(lambda: Attempt.objects.create(reply=reply, number=1)) is True


def test_a_token_s_digest_is_its_own(ana: User):
    token, _ = make_token(ana)

    assert refused(lambda: ApiToken.objects.create(user=ana, digest=token.digest)) is True


def test_nothing_with_a_number_goes_with_something_else(ana: User, garden: Room):
    message = make_reply(garden, ana, make_assistant("helper", garden))
    start_reply(message)

    for row in (ana, garden, message, message.reply, message.reply.assistant, message.author, message.reply.prompt):
        with pytest.raises(ProtectedError):
            row.delete()
