"""Whatever is made and changed by pages counts as a write."""

from __future__ import annotations

import pytest

from chat import markup
from chat.limits import WRITES, spend_write
from chat.models import Room, User
from chat.replies import ledger
from chat.replies.outcomes import Outcome
from tests.factories import fresh, make_assistant, make_reply, make_room
from tests.views.conftest import browser
from tests.views.markup import parse


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/rooms/", {"name": "One more", "kind": "public"}),
        ("/rooms/yard/join", {}),
        ("/rooms/garden/leave", {}),
        ("/rooms/garden/settings", {"do": "archive"}),
        ("/account/tokens/", {"name": "one more"}),
        ("/account/", {"display_name": "Other", "avatar_tint": "0"}),
        ("/people/ben/", {}),
    ],
)
def test_whoever_writes_too_much_makes_and_changes_nothing(
    garden: Room, ana: User, path: str, fields: dict[str, str]
) -> None:
    yard = make_room("yard")

    def counted() -> list[int]:
        return [Room.objects.count(), ana.tokens.count(), fresh(garden).revision, fresh(yard).revision]

    for _ in range(WRITES.amount):
        spend_write(ana)
    before = counted()

    browser(ana).post(path, fields)

    assert counted() == before
    assert User.objects.get(pk=ana.pk).display_name == ""


@pytest.mark.parametrize(
    ("path", "fields", "typed"),
    [
        (
            "/rooms/garden/settings",
            {"do": "change", "name": "Orchard", "kind": "public", "topic": "Of apples"},
            "topic",
        ),
        ("/rooms/garden/settings", {"do": "instruct", "instructions": "Speak of apples."}, "instructions"),
        ("/rooms/garden/settings", {"do": "add", "user": "eve"}, "user"),
        ("/rooms/", {"name": "Orchard", "kind": "public", "topic": "Of apples"}, "topic"),
        ("/messages/{}/feedback/", {"rating": "-1", "words": "It forgot the apples."}, "words"),
    ],
)
def test_what_was_typed_into_a_plain_form_is_there_again(
    garden: Room, ana: User, eve: User, path: str, fields: dict[str, str], typed: str
) -> None:
    reply = make_reply(garden, ana, make_assistant("helper", garden))
    (lease,) = ledger.claim("a writer", 1)
    ledger.finish(lease, Outcome(status="complete", reason="stop", text="Beans.", body=markup.render("Beans.")))
    for _ in range(WRITES.amount):
        spend_write(ana)

    answer = browser(ana).post(path.format(reply.pk), fields)

    shown = parse(answer.content).find(name=typed)
    assert "Too much at once." in answer.content.decode()
    assert fields[typed] in [field.text or field.attributes.get("value") for field in shown]
