"""After whatever happened, a page healed by ``sync`` equals a fresh one, by every way and in both dialects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pprint import pformat
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.realtime import upheavals
from tests.realtime.household import Household, telling
from tests.realtime.lines import Line
from tests.realtime.telling import TellingLLM

AT_MOST_RUNNING = 3
BOUNDED = settings(
    max_examples=8,
    stateful_step_count=25,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # to make a sequence shorter takes minutes, and it is printed as it is
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
SOME = st.integers(0, 20)
LINES = st.integers(0, 4)


def is_open(life: Life) -> bool:
    return not life.house.is_closed


def may_begin_anew(life: Life) -> bool:
    return bool(life.house.ended) and is_open(life) and len(life.house.running) < AT_MOST_RUNNING


class Life(RuleBasedStateMachine):
    runner: asyncio.Runner
    llm: TellingLLM

    def __init__(self) -> None:
        super().__init__()
        self.house = Household(self.llm)
        self.run(self.house.move_in())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    @precondition(is_open)
    @rule(who=st.integers(0, 1), quoting=st.none() | SOME)
    def post(self, who: int, quoting: int | None) -> None:
        self.run(self.house.post(who, quoting))

    @precondition(is_open)
    @rule(which=SOME)
    def edit(self, which: int) -> None:
        self.run(self.house.edit(which))

    @precondition(is_open)
    @rule(who=st.integers(0, 1), which=SOME, emoji=st.sampled_from(["👍", "🎉"]))
    def react(self, who: int, which: int, emoji: str) -> None:
        self.run(self.house.react(who, which, emoji))

    @rule(which=SOME)
    def delete(self, which: int) -> None:
        self.run(self.house.delete(which))

    @rule(how=st.sampled_from([upheavals.rename, upheavals.change_topic, upheavals.come_or_go]))
    def change_room(self, how: Callable[[Household], Coroutine[Any, Any, None]]) -> None:
        self.run(how(self.house))

    @precondition(is_open)
    @rule()
    def close(self) -> None:
        self.run(upheavals.close_or_open(self.house))

    @precondition(is_open)
    @rule(who=st.integers(0, 1), words=st.sampled_from(["", "and this"]))
    def send_file(self, who: int, words: str) -> None:
        self.run(upheavals.send_file(self.house, who, words))

    @rule(which=SOME)
    def drop_file(self, which: int) -> None:
        self.run(upheavals.drop_file(self.house, which))

    @precondition(lambda self: is_open(self) and len(self.house.running) < AT_MOST_RUNNING)
    @rule()
    def ask(self) -> None:
        self.run(self.house.ask())

    @precondition(lambda self: is_open(self) and len(self.house.running) < AT_MOST_RUNNING)
    @rule(words=st.integers(0, 2))
    def ban(self, words: int) -> None:
        self.run(upheavals.ban(self.house, words))

    @precondition(lambda self: self.house.running)
    @rule(which=SOME, words=st.integers(1, 4))
    def grow(self, which: int, words: int) -> None:
        self.run(self.house.grow(which, words))

    @precondition(lambda self: self.house.running)
    @rule(which=SOME)
    def finish(self, which: int) -> None:
        self.run(self.house.finish(which))

    @precondition(lambda self: self.house.running)
    @rule(which=SOME, words=st.integers(0, 2))
    def stop(self, which: int, words: int) -> None:
        if words:
            self.run(self.house.grow(which, words))
        self.run(self.house.stop(which))

    @precondition(may_begin_anew)
    @rule(which=SOME, by=st.sampled_from(["", "other"]))
    def retry(self, which: int, by: str) -> None:
        self.run(self.house.retry(which, by))

    @precondition(may_begin_anew)
    @rule(which=SOME)
    def go_on(self, which: int) -> None:
        self.run(upheavals.go_on(self.house, which))

    @rule(line=LINES)
    def cut(self, line: int) -> None:
        self.run(self.house.lines[line].cut())

    @rule(line=LINES)
    def come_back(self, line: int) -> None:
        self.run(self.house.lines[line].sync())

    @rule(line=LINES)
    def hear(self, line: int) -> None:
        self.run(self.house.lines[line].hear())

    @rule(mood=st.sampled_from(["loses", "late", "doubles"]))
    def trouble_the_broker(self, mood: str) -> None:
        self.house.broker.mood = mood

    @rule(is_killed=st.booleans())
    def end(self, is_killed: bool) -> None:
        self.run(upheavals.die(self.house) if is_killed else self.house.restart())

    @rule()
    def compare(self) -> None:
        """A room that was closed is open again afterwards: in a closed one little happens."""
        self.run(compare(self.house))
        if self.house.is_closed:
            self.run(upheavals.close_or_open(self.house))

    def teardown(self) -> None:
        try:
            self.run(compare(self.house))
        finally:
            self.run(self.house.move_out())


async def compare(house: Household) -> None:
    """Each page, after one ``sync``, with one that is loaded now."""
    written = {message: bare(text) for message, text in (await house.come_to_rest()).items()}
    for line in house.lines:
        await line.hear()
        line.reading.started.clear()
        await line.sync()
    asking = house.lines[-1]
    async with telling(lambda: f"{asking} writes {words(asking)}, and not {written}"):
        while words(asking) != written:  # who asks is told of a running reply as of its last checkpoint
            await asking.sync()
    fresh = await house.fresh()
    for line in house.lines:
        wrong = differences(line, fresh, written)
        assert not wrong, pformat(wrong)


def differences(line: Line, fresh: dict[str | bool, Any], written: dict[int, str]) -> dict[str, Any]:
    """What this page shows, and what it should: only where they are not the same."""
    reading = line.reading
    shown, right = reading.shown(), fresh[getattr(line, "is_html", True)]
    pairs = {
        **{f"{what}": (shown.get(what), right.get(what)) for what in shown.keys() | right.keys()},
        "words": (words(line), written),
        "started": (reading.started, set(written)),
        "revision": (reading.revision, fresh["revision"]),
    }
    wrong = {what: pair for what, pair in pairs.items() if pair[0] != pair[1]}
    return {**wrong, "of": line} if wrong else {}


def words(line: Line) -> dict[int, str]:
    return {message: bare(text) for message, text in line.reading.written().items()}


def bare(text: str) -> str:
    """The words, without the marks that HTML has made into elements."""
    return " ".join(text.replace("*", "").replace("- ", "").split())


@pytest.mark.timeout(400)  # a minute on a machine that has nothing else to do
def test_a_page_healed_by_sync_equals_a_fresh_page(transactional_db: None) -> None:
    with asyncio.Runner() as runner, TellingLLM() as llm:
        Life.runner, Life.llm = runner, llm
        run_state_machine_as_test(Life, settings=BOUNDED)
