"""Who of the staff did what, and when: it stands in the history of what it was done to."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.urls import reverse
from pytest_django import Settings

from chat.models import Room, User
from tests.admin.acting import Staff, page, staff
from tests.factories import make_message, make_token, membership

__all__ = ["staff"]
pytestmark = pytest.mark.django_db(transaction=True)


def history(staff: Staff, row: Model) -> str:
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_history", args=[row.pk])
    shown = staff.client.get(address).content.decode()
    return shown[shown.index('id="change-history"') :]


def test_what_an_action_did_is_written_down(staff: Staff, ana: User, garden: Room):
    message, (token, _) = make_message(garden, ana, "hello"), make_token(ana)

    for action, row, done in (
        ("deactivate_people", ana, "Deactivated."),
        ("reactivate_people", ana, "Reactivated."),
        ("archive", garden, "Archived."),
        ("unarchive", garden, "Opened again."),
        ("delete_words", message, "Deleted."),
        ("revoke", token, "Revoked."),
    ):
        staff.act(action, row)

        assert done in history(staff, row)
        assert "root" in history(staff, row)


def test_what_was_done_before_is_not_written_down_as_done_once_more(staff: Staff, ana: User, garden: Room):
    token, _ = make_token(ana)
    steps = [
        ("archive", garden, "archived"),
        ("unarchive", garden, "opened again"),
        ("revoke", token, "revoked"),
        ("deactivate_people", ana, "deactivated"),
        ("reactivate_people", ana, "reactivated"),
    ]

    for action, row, _done in steps:
        staff.act(action, row)
        staff.act(action, row)

    assert staff.told == [f"{count} {done}." for _, _, done in steps for count in (1, 0)]
    assert LogEntry.objects.count() == len(steps)


def test_what_was_refused_was_not_done(staff: Staff):
    staff.act("deactivate_people", staff.user)

    assert "Deactivated." not in history(staff, staff.user)
    assert LogEntry.objects.count() == 0


def test_a_file_that_is_gone_stands_in_the_history_of_its_message(
    staff: Staff, ana: User, garden: Room, settings: Settings, tmp_path: Path
):
    settings.MEDIA_ROOT = tmp_path
    message = make_message(garden, ana, "look", files=[SimpleUploadedFile("a.txt", b"one")])

    staff.act("delete_files", message.files[0])

    assert "A file was deleted." in history(staff, message)


def test_a_tombstone_says_who_left_it(staff: Staff, ana: User, garden: Room):
    message = make_message(garden, ana, "hello")

    staff.act("delete_words", message)

    for where in ("changelist", "change"):
        shown = staff.client.get(page(where, message)).content.decode()
        assert "root" in shown[shown.index("field-deleted_by") :].split("</div>")[0]


def test_who_was_taken_out_of_which_room_is_said_by_name(staff: Staff, ana: User, garden: Room):
    """The row is gone: there is nothing else by which to bring them back."""
    row = membership(garden, ana)
    marked = {"action": "delete_selected", "_selected_action": [row.pk]}

    asked = staff.client.post(page("changelist", row), marked).content.decode()
    staff.client.post(page("changelist", row), {**marked, "post": "yes"})

    assert "ana in garden" in asked
    assert LogEntry.objects.get().object_repr == "ana in garden"


def test_whose_a_token_is_is_said_by_name(staff: Staff, ana: User):
    token, _ = make_token(ana)

    staff.act("revoke", token)

    assert LogEntry.objects.get().object_repr == f"{token.shown}… of ana"
