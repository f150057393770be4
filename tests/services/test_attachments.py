"""Files that go with messages: what is kept of them, and when they go."""

from __future__ import annotations

from errno import ENOSPC
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InterfaceError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from chat.exceptions import DiskFull, EmptyMessage, FilesRefused, FilesUsedUp, FileTooLarge
from chat.models import Attachment, Message, Room, User
from chat.services.attachments import kept_for, require_sendable
from chat.services.attachments.disk import until_full
from chat.services.chats import delete_chat, new_chat
from chat.services.messages import delete_message, edit_message, post_message
from tests.factories import make_assistant, make_message
from tests.pictures import png

TEXT = b"one, two, three"


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def upload(name: str = "notes.txt", content: bytes = TEXT, kind: str = "text/html") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def kept(media: Path) -> list[bytes]:
    return sorted(file.read_bytes() for file in media.rglob("*") if file.is_file())


def test_a_file_goes_with_a_message_that_has_no_text(garden: Room, ana: User, media: Path):
    message = make_message(garden, ana, "", files=[upload()])

    (file,) = message.files
    assert (message.text, file.name, file.media_type, file.size) == ("", "notes.txt", "text/plain", len(TEXT))
    assert (media / str(file.file)).read_bytes() == TEXT
    assert "notes" not in str(file.file)


def test_what_a_picture_is_is_looked_up_and_not_believed(garden: Room, ana: User):
    message = make_message(
        garden, ana, files=[upload("a.html", png(30, 20)), upload("b.png", b"<svg onload=alert(1)>")]
    )

    picture, other = message.files
    assert (picture.media_type, picture.width, picture.height, picture.is_picture) == ("image/png", 30, 20, True)
    assert (other.media_type, other.is_picture) == ("text/plain", False)


def test_a_large_picture_has_a_smaller_one(garden: Room, ana: User):
    large, small = make_message(garden, ana, files=[upload("a", png(2000, 1000)), upload("b", png(9, 9))]).files

    assert large.preview_url == f"/files/{large.pk}/preview"
    assert small.preview_url == ""


def test_the_same_client_id_keeps_the_files_of_the_first(garden: Room, ana: User, media: Path):
    client_id = uuid4()
    first = post_message(room=garden, author=ana, text="a", client_id=client_id, files=[upload()])
    again = post_message(room=garden, author=ana, text="a", client_id=client_id, files=[upload(content=b"other")])

    assert (again.message.pk, again.is_new) == (first.message.pk, False)
    assert kept(media) == [TEXT]


def test_nothing_and_no_file_is_empty(garden: Room, ana: User):
    with pytest.raises(EmptyMessage):
        make_message(garden, ana, " ")


def test_a_message_that_is_refused_leaves_no_bytes(garden: Room, eve: User, media: Path):
    with pytest.raises(Exception, match="not a member"):
        make_message(garden, eve, files=[upload(), upload("a", png(2000, 10))])

    assert kept(media) == []
    assert not Attachment.objects.exists()


def test_a_disk_that_is_not_full_is_not_called_so():
    with pytest.raises(PermissionError), until_full():
        raise PermissionError("not ours")
    with pytest.raises(DiskFull), until_full():
        raise OSError(ENOSPC, "no space left on device")


@pytest.mark.parametrize("failure", [OperationalError, InterfaceError])
def test_a_commit_that_was_not_answered_may_have_named_them(
    garden: Room, ana: User, media: Path, failure: type[Exception]
):
    with pytest.raises(failure), kept_for([upload()], by=ana):
        raise failure("the server closed the connection unexpectedly")

    assert kept(media) == [TEXT]


def test_too_many_too_large_empty_or_not_at_all(garden: Room, ana: User, settings: Settings):
    settings.FILE_LIMIT_MB, settings.FILES_PER_MESSAGE = 1, 2

    with pytest.raises(FilesRefused, match="at most 2 files"):
        make_message(garden, ana, files=[upload()] * 3)
    with pytest.raises(FileTooLarge, match=r"“b\.txt” is too large: a file may have 1 MB"):
        make_message(garden, ana, files=[upload("/a/b.txt", b"a" * 1_000_001)])
    require_sendable([upload(content=b"a" * 1_000_000)])  # just so large
    with pytest.raises(FilesRefused, match="“none” is empty"):
        make_message(garden, ana, files=[upload("none", b"")])
    settings.FILES_PER_MESSAGE = 1
    with pytest.raises(FilesRefused, match=r"at most 1 file\."):
        make_message(garden, ana, files=[upload()] * 2)
    settings.FILES_ALLOWED = False
    with pytest.raises(FilesRefused, match="cannot be sent"):
        make_message(garden, ana, files=[upload()])
    assert not Message.objects.filter(room=garden).exists()


def test_so_much_in_a_day(garden: Room, ana: User, ben: User, settings: Settings, media: Path):
    settings.FILES_MB_PER_DAY = 1
    make_message(garden, ana, files=[upload(content=b"a" * 600_000)])

    with pytest.raises(FilesUsedUp, match="1 MB of files in 24 hours") as refusal:
        make_message(garden, ana, files=[upload(content=b"b" * 600_000)])

    assert 86_000 < refusal.value.retry_after <= 86_400
    assert len(kept(media)) == 1
    make_message(garden, ben, files=[upload(content=b"b" * 600_000)])


def test_deleting_takes_rows_now_and_bytes_after_the_commit(
    garden: Room, ana: User, media: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    message = make_message(garden, ana, files=[upload(), upload("a", png(2000, 10))])

    with django_capture_on_commit_callbacks() as after_commit:
        deleted = delete_message(message=message, by=ana)

    assert deleted.files == []
    assert not Attachment.objects.exists()
    assert len(kept(media)) == 3
    for callback in after_commit:
        callback()
    assert kept(media) == []


def test_an_edit_keeps_them_and_may_take_every_word(garden: Room, ana: User):
    message = make_message(garden, ana, "look", files=[upload()])

    edited = edit_message(message=message, by=ana, text="")

    assert [file.name for file in edited.files] == ["notes.txt"]


def test_a_deleted_chat_takes_its_files_along(
    ana: User, media: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    chat = new_chat(by=ana, assistant=make_assistant())
    make_message(chat, ana, "", files=[upload(), upload("a", png(2000, 10))])

    with django_capture_on_commit_callbacks(execute=True):
        delete_chat(room=chat, by=ana)

    assert kept(media) == []
    assert not Attachment.objects.exists()


def test_posts_without_files_ask_nothing_about_them(garden: Room, ana: User):
    make_message(garden, ana)

    with CaptureQueriesContext(connection) as asked:
        make_message(garden, ana)

    assert not [query for query in asked.captured_queries if "attachment" in query["sql"]]
