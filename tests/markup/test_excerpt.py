import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.markup import excerpt
from tests.markup.texts import markdown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("hello\n\n  world", "hello world"),
        ("# Title\n> quote **bold** _em_ `x` ~~y~~", "Title quote bold em x y"),
        ("see [a](http://x.y/(z)) ![b](http://i) [c][1]", "see a b c"),
        ("- one\n- [x] two\n  1. three", "one two 1. three"),
        ("```python\nx = 1\n```\nend", "x = 1 end"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b | | 1 | 2 |"),
        ("snake_case 2 * 3 <b> @ana &amp;", "snake_case 2 * 3 <b> @ana &amp;"),
        (r"\*stars\*", "*stars*"),
        ("what does `__init__` do with `**kwargs` and `[a](b)`?", "what does __init__ do with **kwargs and [a](b)?"),
        ("*`_a_`* [`*b*`](http://x.y) `` ` `` \\`*c*\\`", "_a_ *b* ` `c`"),
        (
            "**look**\n```python\n# first\ndef __str__(self, *args): ...\n```\n*end*",
            "look # first def __str__(self, *args): ... end",
        ),
        ("~~~\n- *not closed*", "- *not closed*"),
    ],
)
def test_markup_is_taken_away(text, expected):
    assert excerpt(text) == expected


def test_long_texts_are_cut_between_words():
    assert excerpt("one two three four", 12) == "one two…"
    assert excerpt("one two three", 13) == "one two three"
    assert excerpt("x" * 200, 10) == "xxxxxxxxx…"


@given(markdown, st.integers(2, 200))
def test_an_excerpt_is_one_short_line(text, length):
    line = excerpt(text, length)

    assert len(line) <= length
    assert line == " ".join(line.split())
