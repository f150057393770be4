"""What of a file is text, and as much of it as there is room for."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.replies.texts import Excerpt, Readable, begins_as_text, text_at_ends, text_in
from chat.replies.texts import excerpt as excerpt_of
from tests.drawing import drawn

LOG = "\n".join(f"2026-11-20 10:00:{second:02} worker {second}: all is well" for second in range(2_000))


def excerpt(text: str, tokens: int) -> Excerpt:
    return excerpt_of(Readable(text), tokens)


def zipped() -> bytes:
    with zipfile.ZipFile(content := BytesIO(), "w") as archive:
        archive.writestr("a.txt", "hello")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"name,age\r\nana,31\r\n", "name,age\nana,31"),
        (b'{"a": 1}\n', '{"a": 1}'),
        ("Grüße, 世界".encode(), "Grüße, 世界"),
        ("\ufeffwith a mark".encode(), "with a mark"),
        ("Grüße".encode("utf-16"), "Grüße"),
        ("\ufeffGrüße".encode("utf-16-be"), "Grüße"),
        (b"\x1b[31mERROR\x1b[0m it broke\a", "ERROR it broke"),
        (b"<svg onload='alert(1)'/>", "<svg onload='alert(1)'/>"),
        (b"", ""),
    ],
)
def test_text_is_known_by_what_it_contains(content: bytes, text: str) -> None:
    assert text_in(content) == text


@pytest.mark.parametrize(
    "content",
    [
        drawn("PNG"),
        drawn("JPEG"),
        zipped(),
        b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n",
        "Grüße".encode("latin-1"),
        "Grüße".encode("utf-16-le"),  # without a mark it is full of zeros
        b"a\0b",
        b"\x01\x02\x03\x04",
        b"\xff\xfeA",  # half a character
    ],
)
def test_all_else_is_none(content: bytes) -> None:
    assert text_in(content) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_text_that_can_be_sent_or_none(content: bytes) -> None:
    text = text_in(content)

    assert text is None or text.encode() == text.encode("utf-8", "strict")


def test_a_short_text_goes_along_whole() -> None:
    assert (excerpt("one\ntwo", 100).head, excerpt("one\ntwo", 100).left_out) == ("one\ntwo", 0)


@pytest.mark.parametrize("tokens", [100, 500, 5_000])
def test_of_a_long_one_the_beginning_and_the_end(tokens: int) -> None:
    cut = excerpt(LOG, tokens)

    assert cut.tokens <= tokens
    assert cut.tokens > tokens * 0.6
    assert LOG.startswith(cut.head + "\n")
    assert LOG.endswith("\n" + cut.tail)
    assert len(cut.head) + len(cut.tail) + cut.left_out == len(LOG)
    assert len(cut.head) > len(cut.tail)


@given(st.text(max_size=400), st.integers(1, 60))
def test_what_is_left_out_is_told_to_the_character(text: str, tokens: int) -> None:
    cut = excerpt(text, tokens)

    assert len(cut.head) + len(cut.tail) + cut.left_out == len(text)
    assert text.startswith(cut.head)
    assert text.endswith(cut.tail)
    assert cut.tokens <= max(tokens, 8)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=10, max_size=60)


@given(TEXTS, st.sampled_from(["utf-8", "utf-16"]), st.integers(4, 30), st.integers(1, 30))
def test_a_text_that_is_read_at_its_ends_is_cut_between_two_characters(
    text: str, encoding: str, first: int, last: int
) -> None:
    content = f"a{text}{'-' * 60}".encode(encoding)

    ends = text_at_ends(content[:first], content[-last:], len(content) - first - last)

    assert ends is not None
    assert f"a{text}{'-' * 60}".startswith(ends.head)
    assert f"a{text}{'-' * 60}".endswith(ends.tail)
    assert len(ends.head.encode(encoding)) > first - 4
    assert len(ends.tail.encode(encoding)) > last - 4


@given(TEXTS, st.sampled_from(["utf-8", "utf-16"]), st.integers(1, 30))
def test_its_end_begins_with_a_whole_character(text: str, encoding: str, last: int) -> None:
    content = f"{'-' * 60}{text}a".encode(encoding)
    last = min(last, len(content) - 70)

    ends = text_at_ends(content[:40], content[-last:], len(content) - 40 - last)

    assert ends is not None
    assert f"{text}a".endswith(ends.tail[-len(text) :])
    assert len(ends.tail.encode(encoding)) > last - 4


def test_how_much_was_not_read_is_told_about() -> None:
    content = LOG.encode()

    ends = text_at_ends(content[:4_000], content[-2_000:], len(content) - 6_000)
    assert ends is not None
    cut = excerpt_of(ends, 500)

    assert cut.is_about
    assert len(cut.head) + len(cut.tail) + cut.left_out == len(LOG)
    assert cut.tokens <= 500
    assert LOG.startswith(cut.head)
    assert LOG.endswith(cut.tail)


@pytest.mark.parametrize("content", [drawn("PNG"), zipped(), b"%PDF-1.4", b"a\0b", b"\xff\xfea\0\0\0"])
def test_what_is_no_text_is_seen_by_its_first_bytes(content: bytes) -> None:
    assert not begins_as_text(content)


def test_the_first_bytes_of_a_text_may_end_in_the_middle_of_a_character() -> None:
    assert begins_as_text("Grüße"[:3].encode()[:-1])


def test_ten_megabytes_in_one_line_are_cut_without_being_counted() -> None:
    cut = excerpt("x=1;" * 2_500_000, 1_000)

    assert 0 < cut.tokens <= 1_000
    assert cut.left_out > 9_900_000
