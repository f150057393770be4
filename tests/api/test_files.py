"""Files by the API: a form beside the JSON."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from chat.models import Attachment, Room, User
from tests.factories import make_token
from tests.pictures import png


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def say(user: User, path: str = "/api/rooms/garden/messages", **form: object):
    return Client(headers={"Authorization": f"Bearer {make_token(user)[1]}"}).post(path, form)


def test_a_form_says_something_with_files(ana: User, garden: Room):
    files = [SimpleUploadedFile("a b.jpeg", png(2000, 1000)), SimpleUploadedFile("list.csv", b"a,b\n")]

    answer = say(ana, text="look", files=files)

    assert answer.status_code == 201, answer.content
    picture, other = Attachment.objects.all()
    assert answer.json()["attachments"] == [
        {
            "id": picture.pk, "name": "a b.jpeg", "type": "image/png", "size": picture.size, "width": 2000,
            "height": 1000, "url": f"/files/{picture.pk}/a%20b.jpeg", "preview_url": f"/files/{picture.pk}/preview",
        },
        {
            "id": other.pk, "name": "list.csv", "type": "text/plain", "size": 4, "width": None, "height": None,
            "url": f"/files/{other.pk}/list.csv", "preview_url": None,
        },
    ]  # fmt: skip


def test_a_file_needs_no_text_and_is_sent_once(ana: User, garden: Room, media: Path):
    form = {"client_id": str(uuid4()), "text": ""}

    first = say(ana, **form, files=[SimpleUploadedFile("a.txt", b"one")])
    again = say(ana, **form, files=[SimpleUploadedFile("a.txt", b"two")])

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["attachments"] == first.json()["attachments"]
    assert [file.read_bytes() for file in media.rglob("*") if file.is_file()] == [b"one"]


def test_refusals_are_json(ana: User, garden: Room, settings: Settings):
    settings.FILE_LIMIT_MB = 1

    large = say(ana, files=[SimpleUploadedFile("a.txt", b"a" * 1_000_001)], text="")
    wrong = say(ana, text="look", reply_to="the first")
    nothing = say(ana, text="")

    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")
    assert (nothing.status_code, nothing.json()["code"]) == (422, "empty")


def test_more_files_than_any_request_may_have_are_refused_in_the_same_words(ana: User, garden: Room):
    few, many = (say(ana, files=[SimpleUploadedFile("a.txt", b"a") for _ in range(count)]) for count in (11, 101))

    assert (many.status_code, many.json()) == (few.status_code, few.json())
    assert many.json() == {"code": "files_refused", "detail": "A message takes at most 10 files."}


def test_a_place_that_cannot_be_written_is_told_like_a_full_disk(ana: User, garden: Room, settings: Settings):
    settings.MEDIA_ROOT = "/sys/nowhere"  # where nobody makes anything

    answer = say(ana, files=[SimpleUploadedFile("a.txt", b"a")], text="")

    words = "The server cannot write where it keeps files. Nothing was sent. Whoever looks after it has to let it."
    assert (answer.status_code, answer.json()) == (507, {"code": "disk_full", "detail": words})


@pytest.mark.parametrize("root", ["file", "file/below", "nowhere", "round", "/dev/null"])
def test_a_place_that_is_no_directory_is_told_so_too(
    ana: User, garden: Room, settings: Settings, tmp_path: Path, root: str
):
    (tmp_path / "file").touch()
    (tmp_path / "nowhere").symlink_to(tmp_path / "away")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    settings.MEDIA_ROOT = tmp_path / root

    answer = say(ana, files=[SimpleUploadedFile("a.txt", b"a")], text="")

    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")


def test_a_full_disk_is_part_of_the_published_schema(db: None):
    described = Client().get("/api/openapi.json").json()["paths"]["/api/rooms/{slug}/messages"]["post"]["responses"]

    assert described["507"]["content"] == described["413"]["content"]


def test_other_calls_take_json_only(ana: User, garden: Room):
    answer = say(ana, "/api/rooms", name="Shed")

    assert (answer.status_code, answer.json()["code"]) == (415, "unexpected_content")
