"""Why a reply failed is in the file as a word for programs; people are told it in words that they understand."""

from __future__ import annotations

import pytest

from chat.models import Reply, Room, User
from chat.providers import FailureKind
from tests.factories import make_assistant, make_reply
from tests.services.test_exporting import write
from tests.services.test_importing import make, told


@pytest.mark.parametrize("kind", FailureKind)
def test_why_a_reply_failed_is_still_said(ana: User, garden: Room, kind: FailureKind) -> None:
    reply = make_reply(garden, ana, make_assistant("helper", garden))
    write(reply, status="failed", reason="error", error_kind=kind, error_detail="ana has used 9 of 9 tokens today.")

    room = make(told(garden), is_new=True)

    assert Reply.objects.get(message__room=room).problem != ""
