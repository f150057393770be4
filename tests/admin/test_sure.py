"""What cannot be undone is asked about before it is done."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from pytest_django import Settings

from chat.admin import base
from chat.admin.base import SHOWN_ROWS
from chat.models import ApiToken, Attachment, Message, Room, User
from tests.admin.acting import Staff, marked, page, staff
from tests.factories import make_message, make_token
from tests.test_architecture import inline_in
from tests.views.markup import parse

__all__ = ["staff"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def message(garden: Room, ana: User) -> Message:
    return make_message(garden, ana, "hello <b>", files=[SimpleUploadedFile("plan.txt", b"one")])


@pytest.mark.parametrize(
    ("model", "action", "words"),
    [
        (Message, "delete_words", "hello <b>, garden, 1 , ana"),
        (Attachment, "delete_files", "plan.txt, text/plain, 3 bytes"),
        (ApiToken, "revoke", ", ana, a program"),
    ],
)
def test_a_page_asks_and_nothing_is_done_yet(
    staff: Staff, message: Message, ana: User, model: type[Model], action: str, words: str
) -> None:
    make_token(ana)
    row = model._default_manager.get()

    asked = staff.client.post(page("changelist", row), {"action": action, "_selected_action": row.pk})

    shown = parse(asked.content)
    assert [title.text for title in shown.find("h1")] == ["Are you sure?"]
    assert "This cannot be undone." in shown.text
    assert words in shown.text
    assert shown.find("a", class_="button cancel-link", href=page("changelist", row)) != []
    assert [button.attributes["type"] for button in shown.find("input", name="sure")] == ["submit"]
    assert inline_in(asked.content.decode()) == []
    assert [message.text for message in Message.objects.all()] == ["hello <b>"]
    assert (Attachment.objects.count(), ApiToken.objects.filter(revoked_at=None).count()) == (1, 1)


def test_what_can_be_undone_is_done_at_once(staff: Staff, garden: Room) -> None:
    answer = staff.client.post(page("changelist", garden), {"action": "archive", "_selected_action": garden.pk})

    assert answer.status_code == 302
    assert Room.objects.get(pk=garden.pk).is_archived is True


def test_all_of_a_long_list_are_counted_and_deleted_after_a_yes(staff: Staff, garden: Room, ana: User) -> None:
    messages = [make_message(garden, ana, f"line {number}") for number in range(SHOWN_ROWS + 3)]
    where = f"{page('changelist', messages[0])}?q=line"
    chosen = {"action": ["", "delete_words"], "index": "1", "select_across": "1", "_selected_action": messages[0].pk}

    asked = staff.client.post(where, chosen)
    done = staff.client.post(where, {**marked(asked.content), "sure": "yes"})

    assert "and 3 more" in parse(asked.content).text
    assert done["Location"] == where
    assert not Message.objects.filter(deleted_at=None).exists()


@pytest.mark.parametrize(("limit", "value", "deleted"), [("MOST_ROWS", 2, 2), ("MOST_SECONDS", -1.0, 0)])
def test_what_takes_too_long_is_begun_and_says_how_many_are_left(
    staff: Staff, garden: Room, ana: User, monkeypatch: pytest.MonkeyPatch, limit: str, value: float, deleted: int
) -> None:
    messages = [make_message(garden, ana, f"line {number}") for number in range(5)]
    monkeypatch.setattr(base, limit, value)

    staff.act("delete_words", *messages)

    assert Message.objects.exclude(deleted_at=None).count() == deleted
    assert staff.told == [f"{deleted} deleted.", f"{5 - deleted} of those chosen are left: do it once more."]
