"""One emoji, and nothing else."""

from __future__ import annotations

import pytest

from chat import markup


@pytest.mark.parametrize(
    "text",
    [
        "👍", "❤️", "❤", "👍🏽", "👨\u200d👩\u200d👧\u200d👦", "👩🏻\u200d❤️\u200d💋\u200d👩🏽", "🇩🇪",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "1️⃣", "#️⃣", "‼️", "↔️", "▶️", "🫨", "🫩",
        "⭐", "ℹ️", "㊙️", "☎️", "🧑🏿\u200d🦽\u200d➡️", "🏳️\u200d🌈", "♾️", "©️",
    ],
)  # fmt: skip
def test_an_emoji_is_one_however_it_is_made(text: str) -> None:
    assert markup.is_emoji(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "1", "!", "+", "あ", "no", "👍👍", "👍 ", " 👍", "👍\n", "<b>", "\u200d", "👍\u200d", "\u200d👍",
        "\ufe0f", "\ud83d", "\x00", "😀\u200d" * 4 + "😀", "🏴" + "\U000e0067" * 40, "👍\u202e", "A\u20e3",
        "👍\U000e0061", "🏴\U000e0061",
    ],
)  # fmt: skip
def test_nothing_else_is(text: str) -> None:
    assert not markup.is_emoji(text)
