import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
from hypothesis import given
from markdown.treeprocessors import InlineProcessor

from chat.markup import engine, render
from chat.markup.hygiene import clean_text
from chat.markup.plain import is_plain, plain
from chat.markup.rendering import parsed
from chat.markup.sanitizer import sanitize
from tests.markup.texts import ANSWER, PEOPLE, markdown, plain_text


def a(href: str, text: str = "") -> str:
    direction = "" if text else ' dir="ltr"'
    return f'<a href="{href}" rel="nofollow noopener noreferrer"{direction}>{text or href}</a>'


DONE = ' checked=""'


def box(state: str = "") -> str:
    return f'<input type="checkbox" disabled=""{state}>'


def html(text: str) -> str:
    return render(text, PEOPLE).html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" \n\n ", ""),
        ("hi", "<p>hi</p>"),
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("\u3000a\n \u3000*b* \n\u3000\n\u3000c", "<p>\u3000a<br>\u3000<em>b</em></p><p>\u3000c</p>"),
        ("**a** *b* __c__ _d_", "<p><strong>a</strong> <em>b</em> <strong>c</strong> <em>d</em></p>"),
        ("**O(n*m)** **3*4**, *c*", "<p><strong>O(n*m)</strong> <strong>3*4</strong>, <em>c</em></p>"),
        ("**a*b* c** **a *b***", "<p><strong>a<em>b</em> c</strong> <strong>a <em>b</em></strong></p>"),
        ("snake_case_name 2 * 3 * 4", "<p>snake_case_name 2 * 3 * 4</p>"),
        ("~~gone~~ ~here~", "<p><del>gone</del> ~here~</p>"),
        ("`a *b* <c>` `` ` ``", '<p><code dir="ltr">a *b* &lt;c&gt;</code> <code dir="ltr">`</code></p>'),
        (r"\*no\* \`no\` \~\~no\~\~", "<p>*no* `no` ~~no~~</p>"),
        (
            "<b>x</b> &amp; &copy; <script>y</script>",
            "<p>&lt;b&gt;x&lt;/b&gt; &amp;amp; &amp;copy; &lt;script&gt;y&lt;/script&gt;</p>",
        ),
        ("# One\n### Three ###\ntext", "<h1>One</h1><h3>Three</h3><p>text</p>"),
        ("#tag", "<p>#tag</p>"),
        ("Title\n===\n\nOther\n---\n\n---", "<h1>Title</h1><h2>Other</h2><hr>"),
        ("> quote\n> more\nreply", "<blockquote><p>quote<br>more</p></blockquote><p>reply</p>"),
        ("> a\n> > b", "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>"),
        ("in\n1986. What a year", "<p>in<br>1986. What a year</p>"),
    ],
)
def test_markdown_becomes_html(text, expected):
    assert html(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("buy:\n- milk\n- eggs", "<p>buy:</p><ul><li>milk</li><li>eggs</li></ul>"),
        ("- a\n  - b\n    - c", "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li></ul>"),
        ("- a\n    - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
        ("- a\n\t- b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("1. a\n  - b\n2. c", "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"),
        ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("0) a\n1) b", '<ol start="0"><li>a</li><li>b</li></ol>'),
        ("- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
        ("- a\n\n  more\n- b", "<ul><li>a<p>more</p></li><li>b</li></ul>"),
        ("- a\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"),
        ("1. a\n  - b\n    - c", "<ol><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li></ol>"),
        ("10. a\n   - b\n     - c", '<ol start="10"><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li></ol>'),
        ("- a\nthanks", "<ul><li>a</li></ul><p>thanks</p>"),
        ("-", "<p>-</p>"),
        ("- [ ] *a*", f"<ul><li><label>{box()} <em>a</em></label></li></ul>"),
        ("- [x] b\n  - c", f"<ul><li><label>{box(DONE)} b</label><ul><li>c</li></ul></li></ul>"),
    ],
)
def test_lists_are_read_as_people_type_them(text, expected):
    assert html(text) == expected


def test_a_table_scrolls_inside_itself():
    assert html("Look:\n| a | b |\n|---|--:|\n| 1 | `x|y` **2** |\nend") == (
        "<p>Look:</p>"
        '<div class="prose__scroll" role="group" aria-label="Table" tabindex="0"><table>'
        '<thead><tr><th>a</th><th align="right">b</th></tr></thead>'
        '<tbody><tr><td>1</td><td align="right"><code dir="ltr">x|y</code> <strong>2</strong></td></tr></tbody>'
        "</table></div><p>end</p>"
    )


def test_a_bar_in_a_cell_is_written_with_a_backslash_in_code_too():
    assert '<th>a | b</th><th><code dir="ltr">c | d</code></th>' in html("| a \\| b | `c \\| d` |\n|---|---|")


def test_a_line_breaks_in_a_cell_by_the_only_mark_there_is_for_it():
    made = html("| a<br>b<BR />c | `<br>` <b> |\n|---|---|\n| *a<br/>b* | <br |")

    assert '<th>a<br>b<br>c</th><th><code dir="ltr">&lt;br&gt;</code> &lt;b&gt;</th>' in made
    assert "<td><em>a<br>b</em></td><td>&lt;br</td>" in made
    assert html("a<br>b") == "<p>a&lt;br&gt;b</p>"


def figure(language: str, code: str) -> str:
    return (
        f'<figure class="code" dir="ltr"><figcaption class="code__head"><span>{language}</span></figcaption>'
        f'<pre class="code__body" tabindex="0"><code>{code}</code></pre></figure>'
    )


def test_fenced_code_has_its_frame_and_short_classes():
    painted = (
        '<span class="k">def</span> <span class="nf">f</span>(): ...\n\n<span class="c1"># &lt;b&gt; **no**</span>'
    )

    assert html("```python\ndef f(): ...\n\n# <b> **no**\n```\nafter") == figure("python", painted) + "<p>after</p>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```\na\n```", figure("", "a")),
        ("```nonsense\na < b\n```", figure("nonsense", "a &lt; b")),
        ("~~~\n```\n~~~", figure("", "```")),
        ("````\n```\n````", figure("", "```")),
        ("```\nnot closed", figure("", "not closed")),
        ("text\n```\na\n```", "<p>text</p>" + figure("", "a")),
        ("1. a\n   ```\n   b\n     c\n   ```\n2. d", "<ol><li>a" + figure("", "b\n  c") + "</li><li>d</li></ol>"),
        ("- a\n  ```\nat the margin\n  ```\n- b", "<ul><li>a" + figure("", "at the margin") + "</li><li>b</li></ul>"),
        ("10. a\n   ```\n   b\n     c\n   ```", '<ol start="10"><li>a' + figure("", "b\n  c") + "</li></ol>"),
        ("1. a\n   ```\n   b\n   \tc\n   \t\td\n   ```", "<ol><li>a" + figure("", "b\n\tc\n\t\td") + "</li></ol>"),
        ("- a\n\t```\n\tb\n\t\tc\n\t```", "<ul><li>a" + figure("", "b\n\tc") + "</li></ul>"),
        ("\t```\n\tb\n\t\tc\n\t```", figure("", "b\n\tc")),
        ("> ```\n> a\n> ```", "<blockquote>" + figure("", "a") + "</blockquote>"),
        ("```<b>\"'\n```", figure("&lt;b&gt;\"'", "")),
        ("```not a fence``` here", '<p><code dir="ltr">not a fence</code> here</p>'),
    ],
)  # fmt: skip
def test_fences_are_found_where_people_put_them(text, expected):
    assert html(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a *b*](http://x.y/(z))", f"<p>{a('http://x.y/(z)', 'a <em>b</em>')}</p>"),
        ('[a](<http://x.y> "title")', f"<p>{a('http://x.y', 'a')}</p>"),
        (r"[a](http://x.y/\(z\)\_\*)", f"<p>{a('http://x.y/(z)_*', 'a')}</p>"),
        (r"![](http://x.y/a\_b)", f"<p>{a('http://x.y/a_b')}</p>"),
        (r"[a](\javascript:x) [a](http\://x.y)", r"<p>[a](\javascript:x) [a](http://x.y)</p>"),
        ("**[a](mailto:a@b.c)**", f"<p><strong>{a('mailto:a@b.c', 'a')}</strong></p>"),
        ("![alt](https://x.y/z.png)", f"<p>{a('https://x.y/z.png', 'alt')}</p>"),
        ("![](https://x.y/z.png)", f"<p>{a('https://x.y/z.png')}</p>"),
        ("[![alt](http://i.j)](http://x.y)", f"<p>{a('http://x.y', 'alt')}</p>"),
        ("[a][N] [n]\n\n[n]: http://x.y 'title'", f"<p>{a('http://x.y', 'a')} {a('http://x.y', 'n')}</p>"),
        ("<http://x.y> <a@b.c>", f"<p>{a('http://x.y')} {a('mailto:a@b.c', 'a@b.c')}</p>"),
        ("see http://x.y/a_b_c, or", f"<p>see {a('http://x.y/a_b_c')}, or</p>"),
        ("(https://x.y/(z)).", f"<p>({a('https://x.y/(z)')}).</p>"),
        ("**http://x.y**", f"<p><strong>{a('http://x.y')}</strong></p>"),
        ("`http://x.y`", '<p><code dir="ltr">http://x.y</code></p>'),
        ("www.x.y ftp://x.y http://", "<p>www.x.y ftp://x.y http://</p>"),
        (
            "[see http://b.c and <http://d.e>](http://x.y)",
            f"<p>{a('http://x.y', 'see http://b.c and &lt;http://d.e&gt;')}</p>",
        ),
        ("[see @ana](http://x.y)", f"<p>{a('http://x.y', 'see @ana')}</p>"),
        ("[a](http://x.y/`b`)", f'<p>[a]({a("http://x.y/")}<code dir="ltr">b</code>)</p>'),
        ("[see [a](http://x.y)]", f"<p>[see {a('http://x.y', 'a')}]</p>"),
        ("http://x.y/b[a](http://x.y)", f"<p>{a('http://x.y/b')}{a('http://x.y', 'a')}</p>"),
        (r"http://x.y/\_a http://[::1]/_b", f"<p>{a('http://x.y/')}_a {a('http://[::1]/_b')}</p>"),
    ],
)
def test_links_leave_the_house_with_their_rel(text, expected):
    assert html(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "AT&amp;T &copy;",
        "@ana &amp; &lt;b&gt;",
        "&lt; @ana",
        "http://x.y/?a&lt;b=2&amp;c &gt;",
        "*a* " * 8_000 + "<b>&amp;@ana <i>",
    ],
)
def test_what_looks_like_html_is_shown_as_it_was_typed(text):
    made = html(text)

    assert unescape(re.sub("<[^>]*>", "", made)) == text.strip()
    for href in re.findall('href="(http[^"]*)"', made):
        assert unescape(href) in text


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "/people/ana/", "//x.y", "vbscript:x", ""]
)
def test_other_schemes_stay_text(href):
    assert "<a" not in html(f"[a]({href})")
    assert "<a" not in html(f"[a]\n\n[a]: {href}")
    assert "<a" not in html(f"<{href}>")


@given(plain_text)
def test_the_fast_path_gives_the_same_bytes_as_the_parser(text):
    text = clean_text(text)
    if is_plain(text):
        assert sanitize(plain(text, PEOPLE)) == sanitize(parsed(text, PEOPLE))


@given(markdown)
def test_any_text_that_counts_as_plain_is_the_same_to_the_parser(text):
    text = clean_text(text)
    if is_plain(text):
        assert sanitize(plain(text, PEOPLE)) == sanitize(parsed(text, PEOPLE))


@given(markdown)
def test_what_is_rendered_is_already_sane(text):
    rendered = render(text, PEOPLE).html

    assert sanitize(rendered) == rendered


@given(markdown, markdown)
def test_nothing_of_one_text_is_left_in_the_next(before, text):
    engine.discard()
    expected = render(text, PEOPLE)
    render(before, PEOPLE)

    assert render(text, PEOPLE) == expected


def test_threads_do_not_meet_in_the_parser():
    expected = render(ANSWER, PEOPLE)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: render(ANSWER, PEOPLE), range(64)))

    assert set(results) == {expected}


@pytest.mark.parametrize("error", [RecursionError, IndexError, AssertionError])
def test_whatever_the_parser_raises_the_text_is_shown(monkeypatch, error):
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(InlineProcessor, "run", fail)

    assert (
        html("**a** <b>\n@ana")
        == '<p>**a** &lt;b&gt;<br><a class="mention" href="/people/ana/" data-user="7" dir="ltr">@ana</a></p>'
    )


def test_the_parser_is_whole_again_after_a_failure(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(InlineProcessor, "run", lambda *_: 1 / 0)
        html("**a**")

    assert html("**a**") == "<p><strong>a</strong></p>"
