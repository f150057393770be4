"""What runs, kept up frame by frame: whatever is lost, comes twice or comes late, it is told whole and once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from chat.frames import Frame
from chat.hub import following
from chat.hub.following import Following
from chat.hub.running import Running

ROOM, REPLY = 1, 7


class Stage:
    """``rows``: what the database knows when it is asked; ``shown`` and ``told`` are what came of it."""

    def __init__(self) -> None:
        self.rows: list[Running | Exception] = []
        self.shown: list[Frame] = []
        self.told: list[int] = []
        self.following = Following(lambda _, frame: self.shown.append(frame), self.told.append, lambda _: None)

    def load(self, room_id: int) -> list[Running]:
        found = self.rows.pop(0) if self.rows else None
        if isinstance(found, Exception):
            raise found
        return [found] if found else []

    @property
    def text(self) -> str | None:
        running = self.following.running(ROOM, REPLY)
        return running.text_after(0) if running else None

    async def loaded(self) -> None:
        while ROOM in self.following._loading:
            await self.following.loaded(ROOM, 10)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage = Stage()

    async def at_once(work: Callable[[int], list[Running]], room_id: int) -> list[Running]:
        return stage.load(room_id)

    for pause in ("RELOAD_SECONDS", "AGAIN_SECONDS"):
        monkeypatch.setattr(following, pause, 0.0)
    monkeypatch.setattr(following, "in_database", at_once)
    return stage


def start(attempt: int = 1) -> dict[str, Any]:
    return {"message": REPLY, "attempt": attempt, "assistant": "helper", "prompt": 6}


def word(number: int, content: str, attempt: int = 1) -> dict[str, Any]:
    about = {"kind": "token", "message": REPLY, "attempt": attempt}
    return {**about, "sequence": number, "content": content, "pieces": []}


def checkpoint(text: str, sequence: int, attempt: int = 1) -> Running:
    return Running(REPLY, attempt, "helper", 6, sequence, [text])


async def test_a_beginning_is_news_once_and_another_attempt_takes_its_place(stage: Stage) -> None:
    assert stage.following.started(ROOM, start()) is not None
    assert stage.following.grew(ROOM, word(1, "one"))

    assert stage.following.started(ROOM, start()) is None
    assert stage.text == "one"
    assert stage.following.started(ROOM, start(attempt=2)) is not None
    assert stage.text == ""
    assert stage.told == [REPLY, REPLY, REPLY]


async def test_a_word_that_comes_twice_is_shown_once(stage: Stage) -> None:
    stage.following.started(ROOM, start())

    assert [stage.following.grew(ROOM, word(1, "one")) for _ in range(2)] == [True, False]

    assert stage.text == "one"
    assert not stage.following._loading, "nothing was lost, so nothing is read"


async def test_words_wait_for_the_message_they_belong_to(stage: Stage) -> None:
    running = stage.following.started(ROOM, start())
    assert running is not None
    running.is_shown = False

    assert not stage.following.grew(ROOM, word(1, "one"))
    assert stage.text == "one"


async def test_what_was_lost_is_read_and_what_came_behind_it_is_applied(stage: Stage) -> None:
    running = stage.following.started(ROOM, start())
    assert running is not None
    running.is_shown = False
    stage.rows = [checkpoint("one two", 2)]

    assert not stage.following.grew(ROOM, word(3, " three"))
    await stage.loaded()

    assert stage.text == "one two three"
    assert len(stage.shown) == 1
    assert stage.told == [REPLY, REPLY]
    assert stage.following.grew(ROOM, word(4, " four")), "it is shown now"


async def test_a_checkpoint_that_is_not_as_far_yet_is_read_again(stage: Stage) -> None:
    stage.following.started(ROOM, start())
    stage.rows = [checkpoint("one", 1), checkpoint("one two", 2)]

    stage.following.grew(ROOM, word(3, " three"))
    await stage.loaded()

    assert stage.text == "one two three"


async def test_what_is_read_may_be_older_than_what_was_heard(stage: Stage) -> None:
    stage.following.started(ROOM, start())
    stage.following.grew(ROOM, word(1, "one"))
    stage.following.grew(ROOM, word(2, " two"))
    stage.rows = [checkpoint("one", 1)]

    stage.following.load(ROOM)
    await stage.loaded()

    assert stage.text == "one two"


async def test_a_database_that_is_away_is_asked_again_though_no_further_word_comes(stage: Stage) -> None:
    stage.following.started(ROOM, start())
    stage.rows = [OperationalError("away"), OperationalError("still"), checkpoint("one", 1)]

    stage.following.grew(ROOM, word(2, " two"))
    await stage.loaded()

    assert stage.text == "one two"


async def test_the_end_of_an_earlier_attempt_ends_no_later_one(stage: Stage) -> None:
    stage.following.started(ROOM, start(attempt=2))

    stage.following.ended(ROOM, start(attempt=1))
    assert stage.following.grew(ROOM, word(1, "one", attempt=2))

    stage.following.ended(ROOM, start(attempt=2))
    stage.following.ended(ROOM, start(attempt=1))  # comes late, and undoes nothing
    assert stage.following.started(ROOM, start(attempt=2)) is None
    assert not stage.following.grew(ROOM, word(2, " two", attempt=2))
    assert (stage.text, stage.following._loading) == (None, {})


async def test_a_room_that_is_forgotten_leaves_nothing_behind(stage: Stage) -> None:
    stage.following.started(ROOM, start())
    stage.following.grew(ROOM, word(2, " two"))

    stage.following.forget(ROOM)
    stage.rows = [checkpoint("of before", 2), checkpoint("one", 1)]  # one for who left, one for who comes
    stage.following.load(ROOM)
    await stage.loaded()

    assert stage.text == "one", "as the database has it, and nothing that was held from before"


async def test_what_is_remembered_has_an_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "OVER_LIMIT", 3)
    monkeypatch.setattr(following, "HELD_LIMIT", 3)

    for number in range(10):
        stage.following.ended(ROOM, {"message": number, "attempt": 1})
        stage.following.grew(ROOM, word(number + 2, "x", attempt=9))

    assert (len(stage.following._over), len(stage.following._held[ROOM])) == (3, 3)
    await stage.loaded()


async def test_what_begins_while_the_room_is_being_read_is_found_then(stage: Stage) -> None:
    """By who subscribes at that moment: nobody has told them of what began before, nor does the first answer."""
    stage.rows = []
    read_before = stage.load

    def load(room_id: int) -> list[Running]:
        stage.load = read_before  # type: ignore[method-assign]
        stage.rows.append(checkpoint("Hello", 1))
        stage.following.load(room_id)
        return []

    stage.load = load  # type: ignore[method-assign]
    stage.following.load(ROOM)
    await stage.loaded()

    assert stage.text == "Hello"
