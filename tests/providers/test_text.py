from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.providers.text import TextCleaner, clean_line
from tests.providers.asking import PATIENT


def clean(deltas: Iterable[str]) -> str:
    cleaner = TextCleaner()
    return "".join(map(cleaner.feed, deltas)) + cleaner.finish()


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        (["\ud83d", "\ude00"], "\U0001f600"),
        (["a\ud83d", "\ude00b"], "a\U0001f600b"),
        (["\ud83d\ude00"], "\U0001f600"),
        (["\ud83d", "x"], "\ufffdx"),
        (["\ude00"], "\ufffd"),
        (["b\ud83d"], "b\ufffd"),
        (["\ud83d\ud83d", "\ude00"], "\ufffd\U0001f600"),
        (["a\0b\x07\x7f\x85\x9fc\td\n"], "abc\td\n"),
        (["a\r\nb\rc"], "a\nb\nc"),
        (["a\r", "\nb\r", "c"], "a\nb\nc"),
        (["c\ufffd"], "c\ufffd"),
    ],
)
def test_text_is_made_storable(deltas: list[str], expected: str) -> None:
    assert clean(deltas) == expected


@PATIENT
@given(st.lists(st.text(st.sampled_from("a\r\n\t\0\ud83d\ude00\u0085é"), max_size=6)))
def test_where_the_deltas_are_cut_makes_no_difference(deltas: list[str]) -> None:
    assert clean(deltas) == clean(["".join(deltas)])


@PATIENT
@given(st.lists(st.text(st.characters(categories=["Cs", "Cc", "Lu"]), max_size=20)))
def test_clean_text_can_always_be_stored(deltas: list[str]) -> None:
    text = clean(deltas)

    assert text.encode().decode() == text
    assert [character for character in text if character < " " and character not in "\t\n"] == []


def test_a_foreign_line_is_one_line() -> None:
    assert clean_line(" a\r\nb\0\u2028c\ud83d ", 6) == "a b c\ufffd"
