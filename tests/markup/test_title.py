from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import markup


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What grows in shade?", "What grows in shade?"),
        ("What grows in shade? It is dry there.", "What grows in shade?"),
        ("Plan a trip. Three days.", "Plan a trip"),
        ("\n\n## A *big* heading\nand more", "A big heading"),
        ("```py\nprint(6 * 7)\n```\nwhat is this?", "print(6 * 7)"),
        ("@helper, please sum up:\n- one", "please sum up"),
        ("See [the page](https://example.org/x) now", "See the page now"),
        ("今日は何を食べましょうか。寿司が好きです。", "今日は何を食べましょうか。"),
        ('"Tea or coffee?"', "Tea or coffee?"),
        ("v1.2.3 breaks on start", "v1.2.3 breaks on start"),
        ("---\n***\n🙂", ""),
        ("", ""),
        ("x" * 100, "x" * 59 + "…"),
        ("\u0958" * 100, "\u0915\u093c" * 29 + "\u0915…"),
        ("\u202ethe other way \u200bround", "the other way round"),
        (
            "Write me a long letter to the people who live upstairs about their new drum kit",
            "Write me a long letter to the people who live upstairs…",
        ),
    ],
)
def test_a_title_is_the_first_sentence_or_line_without_its_marks(text: str, expected: str) -> None:
    assert markup.title(text) == expected


@given(st.text())
def test_whatever_is_written_a_title_is_one_short_line(text: str) -> None:
    title = markup.title(text)

    assert len(title) <= 60
    assert title == " ".join(title.split())


@pytest.mark.parametrize("unit", ["[", "*a", "`", "@a ", "a. ", "\n", '"', "![](", "> "])
def test_a_hostile_text_takes_no_time(unit: str) -> None:
    assert len(markup.title(unit * 16_000)) <= 60
