"""Files in the admin: shown with their message; staff may take one out of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from chat.models import Attachment, Message, Room, User
from tests.admin.acting import Staff, page, staff
from tests.announcements import Heard, heard
from tests.factories import fresh, make_message

__all__ = ["heard", "staff"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files() -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile("a.txt", b"one"), SimpleUploadedFile("b.txt", b"two")]


def test_a_message_shows_its_files(staff: Staff, garden: Room, ana: User):
    message = make_message(garden, ana, "look", files=files())

    shown = staff.client.get(page("change", message)).content.decode()

    assert "a.txt" in shown
    assert "b.txt" in shown


def test_a_file_has_a_page_that_says_what_it_is_and_whose(staff: Staff, garden: Room, ana: User):
    message = make_message(garden, ana, "look", files=files()[:1])

    shown = staff.client.get(page("change", message.attachments.get())).content.decode()

    assert all(words in shown for words in ("a.txt", "text/plain", "3\xa0bytes", "ana", message.get_absolute_url()))


def test_staff_take_one_file_out_and_everybody_hears_of_it(
    staff: Staff, garden: Room, ana: User, heard: Heard, media: Path
):
    message = make_message(garden, ana, "look", files=files())
    heard.forget()

    staff.act("delete_files", message.files[0])

    assert staff.told == ["1 deleted."]
    now = Message.objects.get(pk=message.pk)
    assert [file.name for file in now.files] == ["b.txt"]
    assert now.revision == fresh(garden).revision > message.revision
    assert [path.read_bytes() for path in media.rglob("*") if path.is_file()] == [b"two"]
    assert [announced["kind"] for announced in heard.everything()] == ["change"]


def test_a_message_that_was_nothing_else_goes_with_its_last_file(staff: Staff, garden: Room, ana: User):
    message = make_message(garden, ana, "", files=files())

    staff.act("delete_files", *message.files)

    assert staff.told == ["2 deleted."]
    assert Message.objects.get(pk=message.pk).is_deleted
    assert not Attachment.objects.exists()
