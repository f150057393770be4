from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.providers.events import ProviderEvent
from chat.providers.thinking import ThinkSplitter
from tests.providers.asking import PATIENT, text_of, thought_of


def split(deltas: Iterable[str]) -> tuple[str, str]:
    splitter = ThinkSplitter()
    events: list[ProviderEvent] = [event for delta in deltas for event in splitter.feed(delta)]
    events.extend(splitter.finish())
    return thought_of(events), text_of(events)


@pytest.mark.parametrize(
    ("answer", "thought", "text"),
    [
        ("<think>hm\n</think>\n\nYes.", "hm\n", "Yes."),
        (" \n<think>hm</think>Yes.", "hm", "Yes."),
        ("<think></think>Yes.", "", "Yes."),
        ("<think>and on", "and on", ""),
        ("<think>a </thin b</think>c", "a </thin b", "c"),
        ("hm, hm\n</think>\n\nYes.", "hm, hm\n", "Yes."),
        ("hm\n</think>", "hm\n", ""),
        ("</think>\nYes.", "", "Yes."),
        ("Yes.", "", "Yes."),
        ("  Yes. ", "", "Yes. "),
        ("<thin ice>", "", "<thin ice>"),
        ("<thi", "", "<thi"),
        ("Use <think> and </think>\nwell", "", "Use <think> and </think>\nwell"),
        ("```\n</think>\n```\n", "", "```\n</think>\n```\n"),
        ("~~~\n</think>\n~~~\n", "", "~~~\n</think>\n~~~\n"),
        ("~~~\na\n~~~\nhm\n</think>\nYes.", "~~~\na\n~~~\nhm\n", "Yes."),
        ("It thinks so:\n<think>\nhm\n</think>\nwell", "", "It thinks so:\n<think>\nhm\n</think>\nwell"),
        ("So: `<think>`, then\n</think>\nwell", "", "So: `<think>`, then\n</think>\nwell"),
        ("a\n</thinking>\nb", "", "a\n</thinking>\nb"),
    ],
)
def test_thoughts_and_text_part_wherever_the_answer_is_cut(answer: str, thought: str, text: str) -> None:
    assert split([answer]) == (thought, text)
    assert split(answer) == (thought, text)
    for at in range(len(answer)):
        assert split([answer[:at], answer[at:]]) == (thought, text)


@PATIENT
@given(st.lists(st.sampled_from(["<think>", "</think>", "\n", "<", "/", "think>", "a", "```", "~~~", " "])), st.data())
def test_any_answer_parts_the_same_in_one_piece_and_in_many(parts: list[str], data: st.DataObject) -> None:
    answer = "".join(parts)
    at = data.draw(st.integers(0, len(answer)))

    assert split([answer[:at], answer[at:]]) == split([answer]) == split(answer)


@pytest.mark.parametrize("deltas", [[*" " * 5_000, "on"], [" " * 5_000 + "on"]])
def test_white_space_before_the_first_word_is_not_heaped_up(deltas: list[str]) -> None:
    splitter = ThinkSplitter(goes_on=True)

    events = [event for delta in deltas for event in splitter.feed(delta)]

    assert text_of(events) == " " * 1_000 + "on"


def test_where_an_answer_goes_on_white_space_is_part_of_it() -> None:
    splitter = ThinkSplitter(goes_on=True)

    assert text_of([event for delta in [" ", "\n", "\n", "  on"] for event in splitter.feed(delta)]) == " \n\n  on"
