"""What may never come out, whatever goes in."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown.extensions.tables import TableProcessor

from chat.markup import Growing, engine, render
from chat.markup.budget import Budget
from chat.markup.code import PAINT_LIMIT
from chat.markup.sanitizer import sanitize
from tests.markup.texts import PEOPLE, markdown

BARE = re.findall(r"\w+", "blockquote br del em h1 h2 h3 h4 h5 h6 hr label li p strong table tbody thead tr ul")
ALLOWED = {
    "a": {"href", "rel", "class", "data-user", "dir"},
    "ol": {"start"},
    "div": {"class", "role", "aria-label", "tabindex"},
    "figure": {"class", "dir"},
    "code": {"dir"},
    "figcaption": {"class"},
    "pre": {"class", "tabindex"},
    "span": {"class"},
    "input": {"type", "disabled", "checked"},
    "td": {"align"},
    "th": {"align"},
    **{tag: set() for tag in BARE},
}
VOID = {"br", "hr", "input"}
EVIL = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:x'>",
    '" onclick="x',
    "'><svg onload=x>",
    "[x](javascript:alert(1))",
    '[x](http://a" onclick="x)',
    '![x](http://a/"onerror=x)',
    "[x]: javascript:x\n",
    "<javascript:x>",
    "\x02klzzwxh:0000\x03",
    "\x02wzxhzdk:0\x03",
    "klzzwxh:0001",
    "\x0260\x03",
    "&#x3c;script&#x3e;",
    "&lt;b&gt;",
    "<figure></figure>",
    "```html\n<script>\n```\n",
    '```"><b>\n',
    "- [x] <input type=text>",
    "|<b>|a|\n|-|-|\n|<i>|b|",
    "[a](/people/ana/)",
    "style=x",
)
evil = st.lists(st.sampled_from(EVIL) | markdown, max_size=8).map("".join)


class Inspector(HTMLParser):
    """Fails on anything outside of the vocabulary, and on tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert {name for name, _ in attrs} - ALLOWED[tag] == set()
        if tag == "a":
            self.inspect_link(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def inspect_link(self, attributes):
        href = attributes.get("href", "")
        if "data-user" in attributes:
            assert href in {f"/people/{name}/" for name in PEOPLE}
            assert attributes["dir"] == "ltr"
        else:
            assert attributes.get("rel") == "nofollow noopener noreferrer"
            assert not href or href.lower().startswith(("http://", "https://", "mailto:"))


@given(evil)
def test_only_the_vocabulary_comes_out(text):
    Inspector(render(text, PEOPLE).html)


@given(evil, st.integers(0, 400))
def test_only_the_vocabulary_comes_out_of_what_is_half_written(text, length):
    growing = Growing(PEOPLE)
    growing.feed(text[:length])

    Inspector(growing.html())


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_at_all_can_be_rendered(text):
    Inspector(render(text, PEOPLE).html)
    render(text, PEOPLE).html.encode()


def test_the_sanitizer_does_not_trust_the_renderer():
    assert sanitize('<p style="x" id="y" onclick="z"><b>a</b><img src="http://x"><iframe></iframe></p>') == "<p>a</p>"
    assert sanitize('<a class="button mention" href="/logout/" target="_top">a</a>') == '<a class="mention">a</a>'
    assert (
        sanitize('<input type="text" disabled><span class="k button">x</span>')
        == '<input disabled=""><span class="k">x</span>'
    )
    assert sanitize("<script>a</script><style>b</style>c") == "c"


OTHER_ADDRESSES = (
    *("javascript:x", "JaVaScRiPt:x", "java\tscript:x", "data:text/html,x", "vbscript:x", "file:///etc/passwd"),
    *("/logout/", "//evil.example/", "/people/ana/../../logout/", "/people/ana/edit/", "?next=/"),
)


@pytest.mark.parametrize("href", OTHER_ADDRESSES)
def test_the_sanitizer_lets_no_other_address_through(href):
    assert sanitize(f'<a href="{href}">a</a>') == "<a>a</a>"


@pytest.mark.parametrize("text", ["*a* b\n\n*c* d", "- *a*\n- *b*", "|*a*|b|\n|-|-|\n|*c*|d|", "```\nx\n```\n\n```\ny"])
def test_whatever_the_renderer_makes_of_it_passes_the_sanitizer(monkeypatch, text):
    def evil(*_, **__):
        return '<p onclick="x">said</p><script>alert(1)</script><img src=x onerror=y>'

    monkeypatch.setattr("chat.markup.rendering.Page.html", evil)
    monkeypatch.setattr("chat.markup.code.figure", evil)
    growing = Growing(PEOPLE)
    sent = [piece for character in text for piece in growing.feed(character)]

    html = "".join(map(repr, [*sent, *growing.snapshot()])) + render(text, PEOPLE).html
    assert "said" in html
    assert not re.search("onclick|script|img|onerror", html)


def over_budget(text: str) -> bool:
    return "<em>" not in render(text).html


@pytest.mark.parametrize(
    "text", ["*a* " * 8_000, "- *a*\n" * 5_000, "> *a*\n" * 5_000, "|*a*|b|\n|-|-|\n" + "|*a*|b|\n" * 4_000]
)
def test_a_block_with_too_many_marks_is_shown_as_it_was_typed(text):
    assert over_budget(text)
    assert "*a*" in render(text).html


def test_the_blocks_before_the_budget_is_spent_keep_their_marks():
    html = render("*first*\n\n" + "*a* " * 8_000 + "\n\n```python\nx = 1\n```\n\n*last*").html

    assert html.startswith("<p><em>first</em></p><p>*a* *a*")
    assert html.endswith('<span class="mi">1</span></code></pre></figure><p><em>last</em></p>')


def test_an_ordinary_long_answer_is_within_the_budget():
    text = (
        "Some **words** and `code`, with [a link](https://example.org/x), as models write them all the time.\n\n" * 600
    )

    assert render(text).html.count("<strong>") == 600


def test_a_copied_budget_is_spent_apart():
    budget = Budget()
    twin = budget.copy()

    assert twin.paints("x" * PAINT_LIMIT)
    assert not twin.paints("x")
    assert budget.paints("x")


@pytest.mark.parametrize(
    "code",
    ["\n" * 100, "a " * 100 + "\n", "ab " * 120, "x" * 130, "(" * 100, "/* a\n" * 50, "[=a\n" * 50, "x = 1;\n" * 5_000],
)
def test_code_that_would_keep_the_painter_busy_stays_plain(code):
    assert "<span class" not in render(f"```java\nint a;\n{code}\n```").html
    assert "int a;" in render(f"```java\nint a;\n{code}\n```").html


def test_nesting_ends_somewhere():
    quotes, lists = (
        render("> " * 5_000 + "*a*").html,
        render("\n".join("  " * depth + "- a" for depth in range(300))).html,
    )

    assert quotes.count("<blockquote>") == 13
    assert lists.count("<ul>") == 13
    assert "*a*" in quotes


def test_a_table_can_not_multiply():
    header = "|".join("a" * 400) + "\n" + "|".join("-" * 400) + "\n"

    assert "<table>" not in render(header + "|\n" * 400).html


def test_of_a_row_with_very_many_cells_only_those_are_looked_for_that_have_a_column(monkeypatch):
    """Python-Markdown compares each bar with each stretch of code."""
    rows: list[str] = []

    class Watched(TableProcessor):
        def _split_row(self, row):
            rows.append(row)
            return super()._split_row(row)  # type: ignore[misc]  # which the types leave out

    monkeypatch.setattr(engine.engine().tables, "__class__", Watched)

    html = render("word " * 2_000 + "\n\na|b\n-|-\n" + "`c`|" * 1_000).html

    assert html.endswith('</code></td><td><code dir="ltr">c</code></td></tr></tbody></table></div>')
    assert max(row.count("|") for row in rows) < 60


def test_a_row_that_costs_more_than_is_left_for_it_alone_is_no_html_either():
    growing = Growing(PEOPLE)
    row = "<img src=x onerror=y>" + "<*" * 2_000
    growing.feed("|a|b|\n|-|-|\n|" + "word " * 2_000 + "|2|\n|")

    sent = growing.feed(f"{row}|x|\n|z|y|\n|last")

    assert "&lt;img" in repr(sent)
    for piece in (*sent, *growing.snapshot()):
        assert "<img" not in repr(piece)
