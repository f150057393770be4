"""A reply that goes on, joined without a seam."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.replies.seam import WINDOW, Seam, is_in_code

SENTENCES = "Beans climb. Peas climb too. Both want"
CODE = "Like so:\n\n```python\ndef grow():\n    return beans"


def go_on(begun: str, *deltas: str) -> str:
    seam = Seam(begun)
    return begun + "".join(seam.feed(delta) for delta in deltas) + seam.end()


def letters(text: str) -> list[str]:
    return list(text)


@pytest.mark.parametrize(
    ("begun", "more", "whole"),
    [
        ("One two", " three", "One two three"),
        ("One two th", "ree", "One two three"),
        (SENTENCES, " Both want poles.", SENTENCES + " poles."),
        (SENTENCES, "Both want poles.", SENTENCES + " poles."),
        (SENTENCES, "Peas climb too. Both want poles.", SENTENCES + " poles."),
        (SENTENCES, SENTENCES + " poles.", SENTENCES + " poles."),
        ("It is a won", "wonderful day", "It is a wonderful day"),
        ("It is a won", "derful day", "It is a wonderful day"),
        ("They grow.", "Then they rest.", "They grow. Then they rest."),
        ("They grow. ", " Then they rest.", "They grow. Then they rest."),
        ("They grow,", "then they rest", "They grow, then they rest"),
        ("They grow\n\n", "\n\nThen they rest", "They grow\n\nThen they rest"),
        ("They grow\n", "\n\nThen they rest", "They grow\n\nThen they rest"),
        ("- beans\n- peas", "- leeks", "- beans\n- peas\n- leeks"),
        ("They grow.", "## Rest", "They grow.\n\n## Rest"),
        ("See example.", "com", "See example.com"),
        ("The bean and the", "pea", "The bean and the pea"),
        ("The theory of the", "ory", "The theory of theory"),
        ("The bean clim", "bs up", "The bean climbs up"),
        ("Pi is 3.", "14", "Pi is 3.14"),
        ("| a |\n| - |\n| 1", "| 1 |\n| 2 |", "| a |\n| - |\n| 1 |\n| 2 |"),
        ("| a |\n| - |\n|", "| 1 |", "| a |\n| - |\n| 1 |"),
        ("1. one\n2. tw", "2. two\n3. three", "1. one\n2. two\n3. three"),
        ("1. one\n2.", "2. two", "1. one\n2. two"),
        ("- one\n-", "- two", "- one\n- two"),
        ("# Be", "# Beans\n\nThey", "# Beans\n\nThey"),
        ("It is **bo", "**bold** now", "It is **bold** now"),
        ("Call `gro", "`grow_beans()`", "Call `grow_beans()`"),
        ("Call grow_b", "grow_beans", "Call grow_beans"),
        ("Wave 👋", "🏽 back", "Wave 👋🏽 back"),
        ("It", "It begins", "It begins"),
        ("I", "It begins", "It begins"),
        ("It begins\n\n", "It begins\n\n**and** so on", "It begins\n\n**and** so on"),
        ("\n\nIt begins ", "It begins and", "\n\nIt begins and"),
        ("- one\n", "- one\n- two", "- one\n- two"),
        ("- beans, and peas\n", "- beans, and peas\n- leeks", "- beans, and peas\n- leeks"),
        ("- beans, and peas\n", "- beans, and peas\n\nThat is", "- beans, and peas\n\nThat is"),
    ],
)
def test_what_is_repeated_goes_and_white_space_is_right(begun: str, more: str, whole: str) -> None:
    assert go_on(begun, more) == whole
    assert go_on(begun, *letters(more)) == whole, "however it is cut"


@pytest.mark.parametrize(
    ("begun", "more"),
    [
        ("1 2 3 1", "0 11 12"),
        ("| a | b |\n| 1 | 2 |\n", "| 1 | 2 |\n"),
        ("ha ha", " ha ha"),
        ("the end of the", " end"),
        ("}\n", "}\n"),
        ("one\ntwo\n", "two\nthree"),
        ("one\n\n-", "--\n\ntwo"),
        ("one\n\n*", "*two**"),
        ("- one\n- two\n", "- two\n- three"),
        ("Yes\n\n", "Yesterday"),
        ("It begins\n\n", "It begins, says she,"),
        ("Ha", " ha ha"),
        ("1", "1 2"),
    ],
)
def test_what_merely_looks_alike_stays(begun: str, more: str) -> None:
    assert go_on(begun, *letters(more)) == begun + more


def test_a_block_of_code_is_not_opened_twice() -> None:
    whole = CODE + " + peas\n```\nDone."

    assert go_on(CODE, " + peas\n```\nDone.") == whole
    assert go_on(CODE, *letters("```python\n    return beans + peas\n```\nDone.")) == whole
    assert go_on(CODE + "\n", *letters("```python\nreturn 1")) == CODE + "\nreturn 1"
    assert go_on(CODE + "\n", *letters("```\nDone.")) == CODE + "\n```\nDone."


def test_nor_is_one_in_an_item() -> None:
    begun = "1. Like so:\n    - ```python\n      def grow():\n          return beans"

    assert go_on(begun, *letters("      ```python\n          return beans + peas")) == begun + " + peas"
    assert (
        go_on(begun, *letters("```python\nreturn beans + peas\n      ```\nDone."))
        == begun + " + peas\n      ```\nDone."
    )


def test_a_long_text_may_be_repeated_from_its_very_beginning() -> None:
    begun = "".join(f"Bean {number} climbs up pole {number}. " for number in range(1_000)) + "And th"

    assert len(begun) > 2 * WINDOW
    assert go_on(begun, begun, "en it rests.") == begun + "en it rests."


def test_spaces_in_code_are_left_alone() -> None:
    assert go_on("```\nif a:\n", "    b()") == "```\nif a:\n    b()"
    assert go_on("```\nreturn getV", "Alue") == "```\nreturn getVAlue"


@pytest.mark.parametrize(
    ("text", "is_code"),
    [
        ("a", False),
        ("```\na", True),
        ("```\na\n```\nb", False),
        ("````\n```\n", True),
        ("`a`", False),
        ("```a``` b", False),
        ("- a\n    ```\n    b", True),
        ("- ```\n  b\n  - ```", True),
        ("> ```\n> a\n> ```\nb", False),
    ],
)
def test_an_open_block_of_code_is_noticed(text: str, is_code: bool) -> None:
    assert is_in_code(text) is is_code


def test_new_words_are_held_back_no_longer_than_they_look_like_old_ones() -> None:
    seam = Seam(SENTENCES)

    assert [seam.feed(" Bo"), seam.feed("lt"), seam.feed(" upright")] == ["", " Bolt", " upright"]


def test_a_repetition_that_breaks_off_is_kept() -> None:
    assert go_on(SENTENCES, " Peas") == f"{SENTENCES} Peas"


@given(st.text(max_size=60), st.lists(st.text(max_size=8), max_size=12))
def test_whatever_comes_the_text_begins_as_it_did_and_its_cuts_do_not_matter(begun: str, deltas: list[str]) -> None:
    assert go_on(begun, *deltas) == go_on(begun, "".join(deltas))


@given(st.text("abc .\n`", max_size=40), st.text("abc .\n`", max_size=40))
def test_nothing_but_a_repetition_and_white_space_is_lost(begun: str, more: str) -> None:
    added = go_on(begun, more)[len(begun) :].strip()

    assert more.strip().endswith(added.removeprefix("\n"))


def test_a_long_row_of_marks_before_the_end_takes_no_longer() -> None:
    """Each of them might end a sentence: looked through from every one, this would take minutes."""
    begun = "." * 60_000 + "x abcdefgh"

    assert go_on(begun, "abcdefgh", " more") == begun + " more"
    assert go_on(begun, "abcdefgh", *" " * 30, "more") == begun + " " * 30 + "more"
