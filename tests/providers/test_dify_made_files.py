"""Files that an app makes: links in the answer, and as long as words."""

from __future__ import annotations

import json
from typing import Any

from chat.providers import Done, File, ProviderEvent, Text
from chat.providers.base import Limits
from chat.providers.dify.answer import Answer
from tests.providers.asking import text_of

MOST = Limits().reply_chars


def answer() -> Answer:
    return Answer("text/event-stream", Limits())


def event(kind: str, **fields: Any) -> bytes:
    return b"data: " + json.dumps({"event": kind, **fields}).encode() + b"\n\n"


def made(number: int, length: int = 2_000) -> bytes:
    url = f"https://x.example/{number}/".ljust(length, "f")
    return event("message_file", type="image", belongs_to="assistant", url=url)


def links_in(events: list[ProviderEvent]) -> str:
    return "".join(event.link for event in events if isinstance(event, File))


def test_links_count_towards_the_longest_answer() -> None:
    made_of = answer()

    events = [event for number in range(300) for event in made_of.feed(made(number))]

    assert made_of.is_complete
    assert MOST - 4_000 < len(links_in(events)) <= MOST
    assert list(made_of.end())[-1] == Done("length")


def test_words_have_the_room_that_links_leave() -> None:
    made_of = answer()

    events = [*made_of.feed(made(1)), *made_of.feed(event("message", answer="x" * MOST))]

    assert len(links_in(events)) + len(text_of(events)) == MOST


def test_links_that_give_way_leave_their_room_to_others() -> None:
    made_of = answer()
    for number in range(100):
        assert list(made_of.feed(made(number))) != []

    events = [
        *made_of.feed(event("message_replace", answer="No. ")),
        *made_of.feed(event("message", answer="x" * 200_000)),
    ]

    assert len(text_of(events)) == 200_004
    assert not made_of.is_complete


def test_to_files_alone_comes_the_answer_of_the_workflow() -> None:
    made_of = answer()
    done = event("workflow_finished", data={"status": "succeeded", "outputs": {"answer": "Two files."}})

    events = [*made_of.feed(made(1)), *made_of.feed(made(2)), *made_of.feed(done), *made_of.end()]

    assert [type(event) for event in events] == [File, File, Text, Done]
    assert (text_of(events), events[-1]) == ("Two files.", Done("stop"))
