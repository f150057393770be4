"""Lists, tables and quotes while they are written."""

from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.markup import Block, Growing, Part, Tail, render
from chat.markup.blocks import split
from chat.markup.budget import FIRST_COST
from chat.markup.rendering import Page
from chat.markup.series import series_of
from tests.markup.texts import PEOPLE, in_parts
from tests.markup.viewer import Viewer, watch

HEAD = "| a | b |\n|---|--:|\n"
LIST = "".join(
    f"- **Item {number}**: with `code` and [a link](https://x.y/{number}), and more\n" for number in range(30)
)
TABLE = HEAD + "".join(f"| row {number} | it is **good** at `{number}`, mostly |\n" for number in range(30))


def test_an_item_that_is_over_stays_and_the_next_comes_behind_it():
    growing = Growing()

    assert growing.feed("- one") == [Block(0, "<ul><li>one</li></ul>", is_open=True, joints=(4, 16))]
    assert growing.feed(" and") == [Tail(0, " and")]
    assert growing.feed(" a half\n- *two") == [Part(0, 0, ("<li>one and a half</li>", "<li><em>two</em></li>"))]
    assert growing.feed("* is\n- three") == [Part(0, 1, ("<li><em>two</em> is</li>", "<li>three</li>"))]
    assert growing.feed("\n\nEnd")[0] == Block(
        0, "<ul><li>one and a half</li><li><em>two</em> is</li><li>three</li></ul>", is_open=False
    )


def test_a_row_that_is_over_stays_and_each_cell_is_in_its_place():
    growing = Growing()
    growing.feed(f"{HEAD}| one")

    assert growing.feed(" and |") == [Tail(0, " and ")]
    assert growing.feed(" 1 |") == [Part(0, 0, ('<tr><td>one and</td><td align="right">1</td></tr>',))]
    assert growing.feed("\n|") == []
    assert growing.feed(" two") == [
        Part(
            0,
            0,
            (
                '<tr><td>one and</td><td align="right">1</td></tr>',
                '<tr><td>two</td><td align="right"></td></tr>',
            ),
        )
    ]


def test_a_list_with_a_blank_line_between_two_items_comes_anew_for_all_of_them_are_paragraphs_now():
    growing = Growing()
    growing.feed("1. one\n2. two")

    html = "<ol><li><p>one</p></li><li><p>two</p></li><li><p>three</p></li></ol>"
    joints = tuple(html.index(each) for each in ("<li><p>o", "<li><p>tw", "<li><p>th", "</ol>"))
    assert growing.feed("\n\n3. three") == [Block(0, html, is_open=True, joints=joints)]
    assert growing.feed("\n\n4. four") == [Part(0, 2, ("<li><p>three</p></li>", "<li><p>four</p></li>"))]


@pytest.mark.parametrize("text", [LIST, TABLE, f"Words before it:\n{TABLE}"])
@pytest.mark.parametrize("step", [1, 7, 10, 40])
def test_however_long_it_grows_only_some_words_are_raw_and_no_marks_of_cells(text, step):
    growing, viewer, raw = Growing(), Viewer(), []
    for start in range(0, len(text), step):
        viewer.take(growing.feed(text[start : start + step]))
        raw.append(viewer.tail)

    assert max(map(len, raw)) <= 64 + step
    in_series = raw[(text.index(" 1") if "\n|" in text else 0) // step + 1 :]
    assert not any("|" in tail or "\n" in tail for tail in in_series)
    assert viewer.size < 6 * len(render(text).html)


def test_twice_as_many_items_are_twice_as_many_bytes():
    half = LIST[: LIST.index("- **Item 15")]

    assert watch(Growing(), [*LIST, "\n\n"]).size < 2.2 * watch(Growing(), [*half, "\n\n"]).size


def test_a_list_of_very_many_items_is_not_looked_through_for_each():
    viewer = watch(Growing(), ["- a\n"] * 10_000)

    assert viewer.renderings < 1_000


@pytest.mark.parametrize(
    ("text", "child"), [("- {words}\n- {marks}", "<li>"), (HEAD + "| {words} | b |\n| {marks}", "<tr>")]
)
def test_a_child_that_costs_more_than_is_left_is_one_all_the_same(text, child):
    """Their length may pay for all of them together where one alone, all marks, cannot."""
    page = Page(PEOPLE)
    page.budget.cost = FIRST_COST - 10
    (source,) = split(text.format(words="a" * 600, marks="*" * 110).split("\n"))

    series = series_of(source, page)
    assert series is not None
    children = series.children(0)

    assert [each[:4] for each in children] == [child, child]
    assert "*" * 110 in children[1]


@given(in_parts())
@example(["- a\n- b\n", "\n- c", "\n- d"])
@example([HEAD, "| x | y |\n", "| z"])
def test_whoever_was_there_from_the_start_is_shown_what_is_shown_to_who_comes_now(deltas):
    growing, early = Growing(PEOPLE), Viewer()
    for delta in deltas:
        pieces = growing.feed(delta)
        early.take(pieces)
        if any(isinstance(piece, Part) or (isinstance(piece, Block) and piece.joints) for piece in pieces):
            late = Viewer(growing.snapshot())
            assert (early.blocks, early.tail) == (late.blocks, late.tail)


LINES = [
    "- a",
    "- **b** c",
    "* d",
    "  - e",
    "  f",
    "",
    "- [x] done",
    "1. g",
    "2) h",
    "  ```",
    "  code",
    "| i | `j` |",
    "|k|",
]


@given(
    st.lists(st.sampled_from(LINES), max_size=8), st.sampled_from(["- a", "3. b", HEAD + "| c | d |", f"e\n{HEAD}|f|"])
)
def test_in_its_parts_it_says_what_it_says_as_a_whole(lines, first):
    text = "\n".join([first, *lines, "- z" if first[0] in "-3" else "|z|"])
    if len([*split(text.split("\n"))]) == 1:
        growing = Growing()
        watch(growing, text)

        assert growing.html() == render(text).html


@pytest.mark.parametrize("start", ["1. Run:\n   ```\n", "- a\n- ```\n", "> Run:\n>\n> ```\n", "- > ```\n"])
def test_code_in_an_item_or_a_quote_is_code_while_it_is_written(start):
    code = "  x y z\n> z\n\n    end"
    before = start.splitlines()[-1].replace("-", " ").replace("```", "")
    growing, shown = Growing(), set()
    viewer = watch(growing, start)

    for letter in "".join(f"{before}{line}\n" for line in [*code.split("\n"), "```", "", "behind it"]):
        viewer.take(growing.feed(letter))
        _, _, inside = viewer.blocks[0].html.rpartition("<code>")
        inside, _, behind = inside.partition("</code></pre></figure>")
        shown.add(unescape(inside) + ("" if "<p>" in behind else viewer.tail))

    assert code in shown
    assert all(code.startswith(part) for part in shown)
    assert "<p>b</p>" in viewer.blocks[0].html
    assert viewer.tail == "ehind it"


def test_lines_of_code_that_look_like_items_are_none():
    viewer = watch(Growing(), ["- Write:\n  ```yaml\n", *["  - name: x\n"] * 200])

    assert viewer.renderings < 30


def test_in_a_quote_that_is_written_its_marks_are_not_seen():
    growing = Growing()
    growing.feed("> Some words, and more of them")

    assert growing.feed("\n> in its\n>") == [Tail(0, "\nin its")]
    assert growing.feed("\n> > inner") == [Tail(0, "\n\ninner")]
    assert "<li>item</li></ul></blockquote>" in repr(growing.feed("\n> - item"))
