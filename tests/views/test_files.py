"""Files by the room's form, with and without JavaScript: what is taken, what is shown, what is refused and how."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from chat.models import Attachment, Message, Room, User
from chat.services.messages import delete_message
from chat.templatetags.house import file_size
from tests.factories import make_message
from tests.pictures import of_many_scans, png
from tests.views.conftest import browser
from tests.views.markup import parse

ROOM = "/rooms/garden/messages/"


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def notes(name: str = "notes.txt", content: bytes = b"one, two") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_plain_form_sends_files_and_no_text(garden: Room, ana: User) -> None:
    answer = browser(ana).post(ROOM, {"text": "", "files": [notes(), notes("a.png", png())]})

    message = garden.messages.get()
    assert (answer.status_code, answer["Location"]) == (302, "/rooms/garden/#end")
    assert [file.name for file in message.files] == ["notes.txt", "a.png"]


def test_a_fragment_shows_pictures_with_their_size_and_the_others_to_be_kept(garden: Room, ana: User) -> None:
    said = {
        "text": "look",
        "client_id": str(uuid4()),
        "files": [notes("big.jpg", png(2000, 1000)), notes(content=b"two " * 500)],
    }

    answer = browser(ana, htmx=True).post(ROOM, said)

    assert answer.status_code == 201
    large, text = Attachment.objects.all()
    (box,) = [part for part in parse(answer.content).find("div") if part.attributes.get("class") == "attachments"]
    picture, other = box.find("a")
    (image,) = picture.find("img")
    assert (picture.attributes["class"], picture.attributes["href"]) == (
        "attachment attachment--picture",
        f"/files/{large.pk}/big.jpg",
    )
    assert image.attributes["src"] == f"/files/{large.pk}/preview"
    assert (image.attributes["width"], image.attributes["height"], image.attributes["alt"]) == (
        "2000",
        "1000",
        "big.jpg",
    )
    assert (other.attributes["href"], "download" in other.attributes) == (f"/files/{text.pk}/notes.txt", True)
    assert "TXT, 2 kB" in answer.content.decode()


def test_the_page_shows_them_and_a_tombstone_does_not(garden: Room, ana: User) -> None:
    message = make_message(garden, ana, "", files=[notes()])
    client = browser(ana)
    assert b"/notes.txt" in client.get("/rooms/garden/").content

    delete_message(message=message, by=ana)

    assert b"notes.txt" not in client.get("/rooms/garden/").content


def test_what_answers_a_file_quotes_it_as_one(garden: Room, ana: User) -> None:
    question = make_message(garden, ana, "", files=[notes()])
    make_message(garden, ana, "thanks", reply_to=question.pk)

    assert b"A file" in browser(ana).get("/rooms/garden/").content


def test_what_is_too_large_is_said_in_plain_words_and_what_was_typed_stays(
    garden: Room, ana: User, settings: Settings
) -> None:
    settings.FILE_LIMIT_MB = 1
    said = {"text": "look at this", "files": [notes("film.mp4", b"a" * 1_000_001)]}

    page, fragment = (
        browser(ana).post(ROOM, said),
        browser(ana, htmx=True).post(ROOM, said | {"files": [notes("film.mp4", b"a" * 1_000_001)]}),
    )

    assert (page.status_code, fragment.status_code) == (413, 413)
    assert "“film.mp4” is too large: a file may have 1 MB." in page.content.decode()
    assert "look at this" in page.content.decode()
    assert fragment.content.decode() == "“film.mp4” is too large: a file may have 1 MB."
    assert not Message.objects.exists()


def test_more_than_any_request_may_have_are_refused_in_plain_words(garden: Room, ana: User) -> None:
    """The framework reads no form with more than 100 files, nor its token against forgery."""
    many = {"text": "look", "files": [notes() for _ in range(101)]}
    page, fragment = (Client(enforce_csrf_checks=True, headers=headers) for headers in ({}, {"HX-Request": "true"}))
    for client in (page, fragment):
        client.force_login(ana)
        client.get("/rooms/garden/")

    refused, shown = fragment.post(ROOM, many), page.post(ROOM, many)

    assert (refused.status_code, refused["X-Error-Code"]) == (422, "files_refused")
    assert refused.content.decode() == "A message takes at most 10 files."
    assert (shown.status_code, shown["X-Error-Code"]) == (422, "files_refused")
    assert [part.text for part in parse(shown.content).find("p", class_="auth__text")] == [
        "A message takes at most 10 files."
    ]
    assert not garden.messages.exists()


def test_a_picture_of_few_bytes_that_takes_minutes_is_refused_and_the_words_stay(
    garden: Room, ana: User, media: Path
) -> None:
    answer = browser(ana).post(ROOM, {"text": "look at this", "files": [notes("a.jpg", of_many_scans())]})

    assert (answer.status_code, answer["X-Error-Code"]) == (422, "files_refused")
    assert "“a.jpg” takes too long to look at" in answer.content.decode()
    assert "look at this" in answer.content.decode()
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_no_files_where_they_are_switched_off(garden: Room, ana: User, settings: Settings) -> None:
    settings.FILES_ALLOWED = False

    answer = browser(ana, htmx=True).post(ROOM, {"text": "look", "files": [notes()]})

    assert (answer.status_code, answer["X-Error-Code"]) == (422, "files_refused")


def test_so_many_in_a_day(garden: Room, ana: User, settings: Settings) -> None:
    settings.FILES_MB_PER_DAY = 1
    client = browser(ana, htmx=True)
    client.post(ROOM, {"text": "", "files": [notes(content=b"a" * 900_000)]})

    answer = client.post(ROOM, {"text": "", "files": [notes(content=b"a" * 900_000)]})

    assert (answer.status_code, answer["X-Error-Code"]) == (429, "files_used_up")
    assert int(answer["Retry-After"]) > 86_000


def test_a_command_takes_no_files(garden: Room, ana: User) -> None:
    answer = browser(ana, htmx=True).post(ROOM, {"text": "/topic flowers", "files": [notes()]})

    garden.refresh_from_db()
    assert (answer.status_code, garden.topic) == (422, "")


def test_a_stranger_leaves_nothing_behind(cellar: Room, eve: User, media: Path) -> None:
    answer = browser(eve).post("/rooms/cellar/messages/", {"text": "", "files": [notes()]})

    assert answer.status_code == 404
    assert [file for file in media.rglob("*") if file.is_file()] == []


def test_a_page_asks_for_all_files_at_once(garden: Room, ana: User, django_assert_max_num_queries) -> None:
    for _ in range(10):
        make_message(garden, ana, "", files=[notes(), notes("a.png", png())])
    page, fragment = browser(ana), browser(ana, htmx=True)
    page.get("/rooms/garden/"), fragment.get(f"{ROOM}?before=10")  # what a first visit writes, it writes once

    with django_assert_max_num_queries(12):
        page.get("/rooms/garden/")
    with django_assert_max_num_queries(5):
        fragment.get(f"{ROOM}?before=10")


@pytest.mark.parametrize(("size", "words"), [(1, "1 byte"), (999, "999 bytes"), (2_000, "2 kB"), (1_500_000, "1.5 MB")])
def test_how_much_it_is_in_words(size: int, words: str) -> None:
    assert file_size(size) == words
