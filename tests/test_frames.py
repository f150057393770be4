"""Frames in both dialects."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chat import frames

WORDS = st.text(st.sampled_from("ab <>&\"'\n\ue0000123456789{}%é"), max_size=12)
BLOCKS = st.fixed_dictionaries(
    {"index": st.integers(0, 2000), "html": WORDS, "is_open": st.booleans(), "text": st.none() | WORDS}
)
TAILS = st.fixed_dictionaries(
    {"index": st.integers(0, 2000), "html": st.none(), "is_open": st.just(True), "text": WORDS}
)


@given(st.lists(BLOCKS | TAILS, max_size=frames.MOST_CAST_PIECES + 2))
def test_what_a_reply_gained_is_drawn_as_the_template_draws_it(pieces: list[dict[str, Any]]) -> None:
    drawn = frames.reply_grew(12345, 2, 1000, "…", pieces).html

    data = {"message_id": 12345, "attempt": 2, "sequence": 1000, "pieces": pieces}
    assert drawn == frames.html("reply_grew", data)
