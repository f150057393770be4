from __future__ import annotations

import pytest

from chat import markup
from chat.models import Message, Room, User
from chat.services import rendering
from chat.services.messages import delete_message
from tests.commands.running import run
from tests.factories import fresh, make_assistant, make_message, make_messages, make_reply


def age(*messages: Message) -> None:
    pks = [message.pk for message in messages]
    Message.objects.filter(pk__in=pks).update(html="<p>as it was</p>", markup_version=markup.VERSION - 1)


def test_old_messages_are_rendered_anew_and_nobody_is_told(ana: User, ben: User, garden: Room):
    old, _ = make_message(garden, ana, "**hi** @ben"), make_message(garden, ana)
    html, revision = old.html, fresh(garden).revision
    age(old)

    assert run("rerender") == "1 messages were rendered anew."

    old.refresh_from_db()
    assert (old.html, old.markup_version, old.edited_at) == (html, markup.VERSION, None)
    assert fresh(garden).revision == revision
    assert run("rerender") == "0 messages were rendered anew."


def test_many_are_rendered_in_batches(ana: User, garden: Room, monkeypatch: pytest.MonkeyPatch):
    age(*make_messages(7, garden, ana))
    monkeypatch.setattr(rendering, "BATCH_SIZE", 3)

    assert [line.split()[0] for line in run("rerender", verbosity=2).splitlines()] == ["3", "6", "7", "7"]
    assert rendering.outdated().count() == 0


def test_tombstones_and_what_is_being_written_stay_as_they_are(ana: User, garden: Room):
    gone = make_message(garden, ana)
    delete_message(message=gone, by=ana)
    running = make_reply(garden, ana, make_assistant("helper", garden))
    Message.objects.filter(pk__in=[gone.pk, running.pk]).update(markup_version=0)

    run("rerender")

    assert Message.objects.get(pk=gone.pk).html == ""
    assert Message.objects.get(pk=running.pk).markup_version == 0


def test_an_edit_in_the_same_moment_wins(ana: User, garden: Room, monkeypatch: pytest.MonkeyPatch):
    message = make_message(garden, ana, "old words")
    age(message)
    seen = list(rendering.outdated())
    Message.objects.filter(pk=message.pk).update(text="new", html="<p>new</p>", revision=message.revision + 1)

    assert rendering._render_anew(seen[0]) == 0
    assert Message.objects.get(pk=message.pk).html == "<p>new</p>"
