"""Words of events that say the same around them: read as if each event had been parsed whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.providers.openai.refrain import Refrain

HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m"}


def event(word: str, *, finish: str | None = None, is_ascii: bool = True, **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": word}, "finish_reason": finish}
    return b"data: %b\n\n" % json.dumps({**HEAD, "choices": [choice], **more}, ensure_ascii=is_ascii).encode()


def taught() -> Refrain:
    refrain = Refrain()
    assert refrain.take_words(event("first")) == ([], event("first"))
    return refrain


@given(words=st.lists(st.text(st.characters(codec="utf-8"))), is_ascii=st.booleans())
def test_every_word_comes_as_it_was_written(words: list[str], is_ascii: bool) -> None:
    refrain = taught()

    assert refrain.take_words(b"".join(event(word, is_ascii=is_ascii) for word in words)) == (words, b"")


@given(cut=st.integers(0, 2 * len(event("word"))))
def test_what_is_not_whole_is_left(cut: int) -> None:
    whole, rest = divmod(cut, len(event("word")))

    assert taught().take_words((2 * event("word"))[:cut]) == (["word"] * whole, event("word")[:rest])


@pytest.mark.parametrize(
    "other",
    [
        event("", finish="stop"),
        event("word", usage={"prompt_tokens": 1}),
        event("word", choices=[]),
        b"data: [DONE]\n\n",
        b": comment\n\n",
        event("word").replace(b"chatcmpl-1", b"chatcmpl-2"),
        event("word").replace(b"\n\n", b"\n"),
        event("word").replace(b'"word"', b'"wo\nrd"'),
        event("word").replace(b'"word"', b'["word"]'),
        b"\xff",
    ],
)
def test_an_event_that_says_anything_else_is_left_to_who_knows_the_rules(other: bytes) -> None:
    refrain = taught()

    assert refrain.take_words(event("word")) == (["word"], b"")
    assert refrain.take_words(other) == ([], other)


@pytest.mark.parametrize("word", ['"content":"', '{"content": "x"}', 'a\\"content\\": \\"', "\ud83d", ""])
def test_words_may_look_like_what_is_around_them(word: str) -> None:
    refrain = Refrain()
    refrain.take_words(event(word))

    assert refrain.take_words(event("next")) == (["next"], b"")
    assert refrain.take_words(event(word)) == ([word], b"")


def test_where_each_event_says_something_new_it_is_not_looked_for_again_and_again() -> None:
    refrain = Refrain()
    events = [event("word", created=number) for number in range(5)]

    for one in events:
        assert refrain.take_words(one) == ([], one)
    assert refrain.take_words(events[3]) == ([], events[3])
    assert refrain.take_words(events[2]) == (["word"], b"")  # the third was the last lesson


def test_what_is_new_from_time_to_time_is_learnt_each_time() -> None:
    """As the second in which an event was written."""
    refrain = Refrain()
    for second in range(9):
        one = event("word", created=second)
        assert [refrain.take_words(one) for _ in range(2)] == [([], one), (["word"], b"")]


def test_two_places_that_could_be_the_words_teach_nothing() -> None:
    refrain = Refrain()
    both = event("word").replace(b'"finish_reason"', b'"logprobs": {"content": "word"}, "finish_reason"')

    assert [refrain.take_words(both) for _ in range(2)] == [([], both)] * 2
