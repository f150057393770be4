"""Files in a room's export: named and linked; an import says that it leaves them out."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from chat.models import Attachment, Room, User
from chat.services.importing import import_room, read_file
from chat.services.messages import delete_message
from tests.factories import make_message
from tests.pictures import png
from tests.services.test_exporting import written


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def sent(garden: Room, ana: User) -> list[Attachment]:
    files = [SimpleUploadedFile("plan [1].txt", b"one"), SimpleUploadedFile("<b>.png", png())]
    return make_message(garden, ana, "", files=files).files


def test_markdown_and_html_lead_to_them(garden: Room, sent: list[Attachment]):
    plan, image = (f"http://127.0.0.1:8000{file.get_absolute_url()}" for file in sent)

    assert f"- [plan \\[1\\].txt]({plan})\n- [<b>.png]({image})" in written(garden, "markdown")
    page = written(garden, "html")
    assert f'<a href="{plan}"><bdi>plan [1].txt</bdi></a> (text/plain, 3' in page
    assert "&lt;b&gt;.png" in page


def test_json_says_what_they_are(garden: Room, sent: list[Attachment]):
    (message,) = json.loads(written(garden, "json"))["messages"]

    assert message["attachments"][0] == {
        "name": "plan [1].txt", "type": "text/plain", "size": 3, "sha256": sent[0].sha256,
    }  # fmt: skip
    assert (message["attachments"][1]["width"], message["attachments"][1]["height"]) == (30, 20)


def test_an_import_leaves_them_out_and_counts_them(garden: Room, sent: list[Attachment]):
    with read_file(BytesIO(written(garden, "json").encode())) as file:
        made = import_room(file, slug="orchard")

    assert made.file_count == 2
    assert made.room.messages.get().text == "(plan [1].txt), (<b>.png)"
    assert not Attachment.objects.filter(message__room=made.room).exists()


def test_of_a_deleted_message_nothing_is_told(garden: Room, ana: User, sent: list[Attachment]):
    delete_message(message=sent[0].message, by=ana)

    assert all("plan" not in written(garden, form) for form in ("markdown", "html", "json"))
