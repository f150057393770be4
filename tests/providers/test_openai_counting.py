"""What an answer cost, where servers count in different ways."""

from __future__ import annotations

import pytest

from tests.fake_llm import FakeLLM, Script
from tests.providers.asking import ask
from tests.providers.dialects import DONE, piece, says, usage_of


@pytest.mark.parametrize(
    ("prompt", "completion", "total", "written"),
    [
        (20, 198, 623, 603),  # Gemini's and xAI's: what was thought is in the total alone
        (20, 198, 218, 198),
        (20, 198, 100, 198),
        (20, 198, None, 198),
        (None, 198, 623, 198),
        (20, None, 623, None),
    ],
)
async def test_what_was_thought_is_counted_where_only_the_total_tells(
    llm: FakeLLM, prompt: int | None, completion: int | None, total: int | None, written: int | None
) -> None:
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}
    llm.answer(Script([says("Hi"), piece({}, "stop", usage=usage), DONE]))

    assert usage_of(await ask(llm)).completion == written
