"""Files sent in the same moment: once each, and within the limits."""

from __future__ import annotations

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from pytest_django import Settings

from chat.exceptions import EmptyMessage, FilesUsedUp
from chat.models import Attachment, Message, Room, User
from chat.services.files import delete_file
from chat.services.memberships import add_member
from chat.services.messages import delete_message, edit_message, post_message
from chat.services.storing import Posted
from tests.at_once import at_once
from tests.factories import make_message, make_person, make_room

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def room(media: Path) -> Room:
    return make_room("garden", owner=make_person("ana"), kind=Room.Kind.PRIVATE)


def upload(size: int = 10) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.txt", b"a" * size)


def kept(media: Path) -> list[str]:
    return sorted(path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file())


def test_one_client_id_from_eight_sides_keeps_the_files_of_one(room: Room, media: Path):
    ana = room.memberships.get().user
    client_id = uuid.uuid4()
    acts = [
        partial(post_message, room=room, author=ana, text="", client_id=client_id, files=[upload(), upload()])
        for _ in range(8)
    ]

    answers = at_once(*acts)

    assert sorted(posted.is_new for posted in answers) == [False] * 7 + [True]
    assert len({posted.message.pk for posted in answers}) == 1
    assert [len(posted.message.files) for posted in answers] == [2] * 8
    assert kept(media) == sorted(Attachment.objects.places())


def test_a_days_limit_holds_in_two_rooms_at_once(room: Room, media: Path, settings: Settings):
    settings.FILES_MB_PER_DAY = 1
    ana = room.memberships.get().user
    rooms = [make_room(f"bed-{number}", owner=ana) for number in range(4)]

    answers = at_once(*(partial(post_message, room=bed, author=ana, text="", files=[upload(400_000)]) for bed in rooms))

    assert sum(isinstance(answer, FilesUsedUp) for answer in answers) == 2
    assert kept(media) == sorted(Attachment.objects.places())
    assert Attachment.objects.count() == Message.objects.count() == 2


def test_a_message_deleted_from_four_sides_leaves_no_bytes(room: Room, media: Path):
    ana = room.memberships.get().user
    message = make_message(room, ana, "", files=[upload(), upload()])

    at_once(*(partial(delete_message, message=message, by=ana) for _ in range(4)))

    assert kept(media) == []
    assert not Attachment.objects.exists()


def test_words_are_all_taken_back_only_where_a_file_is_left(room: Room):
    ana = room.memberships.get().user
    message = make_message(room, ana, "look", files=[upload()])

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Room.objects.lock(room.pk)
            editing = threads.submit(at_once, partial(edit_message, message=message, by=ana, text=""))
            time.sleep(0.3)  # by now it waits for the room
            delete_file(attachment=message.files[0], by=ana)
        (refused,) = editing.result()

    assert isinstance(refused, EmptyMessage)
    assert Message.objects.get().text == "look"


def test_whose_many_files_are_looked_at_keep_nobody_else_waiting_and_hold_no_line(room: Room, media: Path):
    """Pictures are looked at one at a time: this one takes until there are two."""
    ana, ben = room.memberships.get().user, make_person("ben")
    add_member(room=room, by=ana, user=ben)
    inside: list[tuple[str, bool]] = []
    are_two = threading.Event()

    def look(name: str) -> str:
        inside.append((name, connection.connection is None))
        if len(inside) == 2:
            are_two.set()
        assert are_two.wait(10)
        time.sleep(0.2)
        return name

    def say(author: User) -> Posted:
        files = [SimpleUploadedFile(f"{author.username}.txt", b"a")]
        return post_message(room=room, author=author, text="", files=files)

    with patch("chat.services.attachments.keeping.cleaned_name", look):
        at_once(partial(say, ana), partial(say, ana), partial(say, ana), partial(say, ben))

    assert sorted(inside[:2]) == [("ana.txt", True), ("ben.txt", True)]
    assert len(inside) == 4
