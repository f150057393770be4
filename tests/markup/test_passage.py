"""The part of a message that says why it was found."""

from __future__ import annotations

import pytest

from chat.markup import passage


def told(text: str, *words: str, length: int = 40) -> str:
    """What is shown, with the hits in square brackets."""
    stretches = passage(text, lambda word: word.lower() in words, length)
    return "".join(f"[{text}]" if is_hit else text for text, is_hit in stretches)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The door is open.", "The [door] is open."),
        ("door", "[door]"),
        ("Door, DOOR!", "[Door], [DOOR]!"),
        ("**A _door_**\n- `door` of [door](http://a.example/door)", "A [door] [door] of [door]"),
        ("nothing of that", "nothing of that"),
        ("", ""),
        ("<b>door</b> & co", "<b>[door]</b> & co"),
    ],
)
def test_all_hits_are_marked_and_markup_is_gone(text: str, shown: str) -> None:
    assert told(text, "door") == shown


def test_of_a_long_text_the_part_around_the_first_hit_is_shown() -> None:
    text = "word " * 100 + "and a door, " + "more " * 100

    shown = told(text, "door", length=120)

    assert shown.startswith("…word word")
    assert "word and a [door], more" in shown
    assert shown.endswith("more …")
    assert len(shown) < 130


def test_without_a_hit_it_is_the_beginning() -> None:
    assert told("word " * 100, "door") == "word word word word word word word word …"


def test_what_has_no_spaces_is_cut_all_the_same() -> None:
    shown = told("a" * 500 + " door " + "b" * 500, "door", length=100)

    assert "[door]" in shown
    assert len(shown) < 250


def test_accents_that_stand_alone_belong_to_their_word() -> None:
    assert passage("Cafe\u0301s", lambda word: word == "Cafe\u0301s") == [("Cafe\u0301s", True)]
