import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.markup import Block, Growing, Tail, render
from chat.markup.hygiene import clean_text
from chat.markup.plain import is_plain
from chat.markup.rendering import parsed
from chat.markup.sanitizer import sanitize
from tests.markup.texts import ANSWER, PEOPLE, in_parts, markdown, plain_text
from tests.markup.viewer import Viewer, watch

DEFINITION = re.compile(r"\[[^\[\]]+\]:")


def grown(*deltas: str) -> Viewer:
    return watch(Growing(PEOPLE), deltas)


def frame(language: str, code: str) -> str:
    return (
        f'<figure class="code" dir="ltr"><figcaption class="code__head"><span>{language}</span></figcaption>'
        f'<pre class="code__body" tabindex="0"><code>{code}</code></pre></figure>'
    )


@given(in_parts())
@example(["a\r", "\nb"])
@example(["a\r", "", "\nb"])
def test_the_end_equals_the_whole_rendering(deltas):
    growing = Growing(PEOPLE)
    watch(growing, deltas)

    assert growing.finish() == render("".join(deltas), PEOPLE)


@given(in_parts())
def test_the_finished_blocks_are_the_beginning_of_the_whole(deltas):
    text = "".join(deltas)
    if DEFINITION.search(text):
        return

    assert render(text, PEOPLE).html.startswith("".join(grown(*deltas).finished))


@given(in_parts())
@example([" " * 201, "word"])
def test_it_does_not_matter_where_the_text_is_cut(deltas):
    text = "".join(deltas)
    again, single = Growing(PEOPLE), Growing(PEOPLE)
    first = watch(again, deltas)
    second = watch(single, [text])

    assert first.finished == second.finished
    assert again.snapshot() == single.snapshot()
    assert again.html() == single.html()


@given(in_parts())
def test_whoever_joins_late_sees_the_same_blocks(deltas):
    growing, early = Growing(PEOPLE), Viewer()
    for delta in deltas:
        early.take(growing.feed(delta))
        late = Viewer(growing.snapshot())

        assert late.finished == early.finished
        assert len(late.blocks) == len(early.blocks)


@given(in_parts(), st.integers(0, 30))
def test_whoever_joins_late_can_go_on_with_what_comes(deltas, joined):
    growing = Growing(PEOPLE)
    early = watch(growing, deltas[:joined])
    late = Viewer(growing.snapshot())
    for delta in deltas[joined:]:
        pieces = growing.feed(delta)
        early.take(pieces)
        late.take(pieces)

    assert late.finished == early.finished
    assert len(late.blocks) == len(early.blocks)


@given(markdown)
def test_an_answer_written_letter_by_letter_is_the_beginning_of_the_whole(text):
    whole = f"{ANSWER}\n{text}\n\n.\n\n"

    if not DEFINITION.search(text):
        assert render(whole, PEOPLE).html.startswith("".join(grown(*whole).finished))


def test_blocks_come_as_html_and_words_in_between_as_text():
    growing = Growing()

    assert growing.feed("Hel") == [Block(0, "<p>Hel</p>", is_open=True)]
    assert growing.feed("lo wo") == [Tail(0, "lo wo")]
    assert growing.feed("rld *and") == [Block(0, "<p>Hello world <em>and</em></p>", is_open=True)]
    assert growing.feed(" more*\n\nNe") == [
        Block(0, "<p>Hello world <em>and more</em></p>", is_open=False),
        Block(1, "<p>Ne</p>", is_open=True),
    ]


@given(plain_text, st.sampled_from(["", " and an @end", "\n\nmore\n"]))
def test_a_preview_of_plain_words_is_what_the_parser_makes_of_them(text, end):
    text = f"{clean_text(text)}\nwords{end}"
    if is_plain(text):
        growing = Growing(PEOPLE)
        growing.feed(text)

        assert growing.html() == sanitize(parsed(text, PEOPLE))


def test_an_open_block_is_rendered_each_time_it_has_doubled():
    viewer = grown(*"word " * 4_000)

    assert viewer.renderings == 1 + len([64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384])
    assert viewer.size < 5 * 20_000


def test_the_space_before_the_next_word_is_not_lost():
    growing = Growing()

    assert growing.feed("one ") == [Block(0, "<p>one</p>", is_open=True), Tail(0, " ")]
    assert growing.snapshot() == [Block(0, "<p>one</p>", is_open=True), Tail(0, " ")]


def test_code_has_its_final_frame_at_once_and_colours_at_its_end():
    growing = Growing()

    assert growing.feed("```py") == []
    assert growing.feed("thon\n") == [Block(0, frame("python", ""), is_open=True)]
    assert growing.feed("x = <1>\n") == [Tail(0, "x = <1>")]
    assert growing.feed("\n``") == [Tail(0, "\n")]
    assert growing.snapshot() == [Block(0, frame("python", "x = &lt;1&gt;\n"), is_open=True)]
    assert growing.feed("`\n") == [Block(0, frame("python", 'x = &lt;<span class="mi">1</span>&gt;\n'), is_open=False)]


@given(st.lists(st.sampled_from(["a", " ", "\n", "  b", "`", "```x", "\t", "<", "&"]), max_size=40))
def test_the_text_of_open_code_is_the_same_for_early_and_late(parts):
    growing = Growing()
    early = Viewer(growing.feed("```\n"))
    for part in parts:
        early.take(growing.feed(part))
    late = Viewer(growing.snapshot())

    if late.blocks[-1].is_open and len(late.blocks) == 1:
        shown = early.tail.replace("&", "&amp;").replace("<", "&lt;")
        assert late.blocks[0].html == frame("", shown)


@pytest.mark.parametrize(
    ("start", "held"),
    [
        ("text\n", "-"),
        ("text\n", "#"),
        ("text\n", "1"),
        ("text\n", "``"),
        ("text\n", "---"),
        ("- a\n", " "),
        ("text\n", "** "),
    ],
)
def test_a_line_waits_until_it_is_certain_what_it_is(start, held):
    growing = Growing()
    growing.feed(start)

    assert growing.feed(held) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a **bo", "<p>a <strong>bo</strong></p>"),
        ("a **bo*", "<p>a <strong>bo</strong></p>"),
        ("a *b **c", "<p>a <em>b <strong>c</strong></em></p>"),
        ("a _b", "<p>a <em>b</em></p>"),
        ("a snake_ca", "<p>a snake_ca</p>"),
        ("a ~~b~", "<p>a <del>b</del></p>"),
        ("a `co", '<p>a <code dir="ltr">co</code></p>'),
        ("a ``co`", '<p>a <code dir="ltr">co</code></p>'),
        ("a **`co", '<p>a <strong><code dir="ltr">co</code></strong></p>'),
        ("a [text](htt", "<p>a text</p>"),
        ("a **[te", "<p>a <strong>te</strong></p>"),
        ("a ![al](http://x.y", "<p>a al</p>"),
        ("a <https://x", '<p>a <a href="https://x" rel="nofollow noopener noreferrer" dir="ltr">https://x</a></p>'),
        ("a **", "<p>a</p>"),
        ("a `", "<p>a</p>"),
        ("- a\n- **b", "<ul><li>a</li><li><strong>b</strong></li></ul>"),
        (
            "- [x] **b",
            '<ul><li><label><input type="checkbox" disabled="" checked=""> <strong>b</strong></label></li></ul>',
        ),
        ("> a *b", "<blockquote><p>a <em>b</em></p></blockquote>"),
        ("# a *b", "<h1>a <em>b</em></h1>"),
        ("- a\n  ```\n  **b", "<ul><li>a" + frame("", "**b") + "</li></ul>"),
    ],
)
def test_half_typed_marks_are_closed(text, expected):
    growing = Growing(PEOPLE)
    growing.feed(text)

    assert growing.html() == expected


def test_a_table_is_one_as_soon_as_its_second_line_begins():
    growing = Growing()
    growing.feed("| a | b |\n|-")
    begun = growing.html()
    growing.feed("--|---|\n| **c")

    assert begun.count("<th>") == 2
    assert "<td><strong>c</strong></td>" in growing.html()


def test_a_row_that_has_only_begun_is_no_row_of_dashes():
    growing = Growing()
    growing.feed("| a | b |\n|---|---|\n| c | d |\n|")

    assert "---" not in growing.html()


@pytest.mark.parametrize("length", range(1, len(ANSWER), 7))
def test_no_reader_sees_a_mark_that_is_half_typed(length):
    growing = Growing(PEOPLE)
    growing.feed(ANSWER[:length])

    text = re.sub(r"<code[^>]*>.*?</code>|<[^>]+>", "", growing.html(), flags=re.DOTALL)
    assert re.findall(r"\*\*|`|\]\(|~~", text) == []


@pytest.mark.parametrize(
    "piece", ["*", "a ", "`", "[", " ", "a\n", "- a\n", "|", "a\n\n", "**a ", "> ", "- ", "_a", "\n- "]
)
def test_bytes_stay_in_proportion_to_the_text(piece):
    """Measured by frames, not by the clock: a block of any length is rendered anew a handful of times."""
    length = 20_000
    viewer = grown(*(piece * (length // len(piece))))

    assert viewer.size < 12 * length + 4 * len(render(piece * (length // len(piece))).html)


def test_a_name_given_at_the_end_is_put_right_by_the_whole():
    growing = Growing()
    watch(growing, "see [a]\n\n[a]: http://x.y\n\nend\n\n")

    assert [piece.html for piece in growing.snapshot() if isinstance(piece, Block)] == [
        "<p>see [a]</p>",
        "",
        "<p>end</p>",
    ]
    assert growing.finish().html == '<p>see <a href="http://x.y" rel="nofollow noopener noreferrer">a</a></p><p>end</p>'


def test_the_real_answer_grows_into_itself():
    viewer = grown(*ANSWER, "\n\n")

    assert "".join(viewer.finished) == render(ANSWER, PEOPLE).html


def test_a_long_answer_grows_into_itself_though_its_budget_is_spent():
    text = f"{ANSWER}\n\n" * 60 + "*a* " * 20_000 + "\n\nend\n\n"
    viewer = grown(*(text[start : start + 1_000] for start in range(0, len(text), 1_000)))

    assert "".join(viewer.finished) == render(text, PEOPLE).html
