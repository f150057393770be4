"""What docs/providers.md says is tested, is."""

from __future__ import annotations

import re

from tests.servers.programs import ROOT

PAGE = (ROOT / "docs" / "providers.md").read_text().partition("## What is tested")[2]
ROWS = {"D": 20, "O": 27, "Y": 14}
DIALECTS = {
    *("OpenAI", "Azure", "OpenRouter", "DeepSeek", "vLLM", "Ollama", "llama.cpp", "LM Studio", "transformers serve"),
    *("LiteLLM", "Mistral", "Dify"),
}


def first_cells() -> set[str]:
    return set(re.findall(r"^\| ([^|:]+) \|", PAGE, flags=re.MULTILINE))


def numbers(cell: str, letter: str) -> set[int]:
    """``D1–D15, D17`` to numbers."""
    ranges = re.findall(rf"{letter}(\d+)(?:–{letter}(\d+))?", cell)
    return {number for first, last in ranges for number in range(int(first), int(last or first) + 1)}


def test_each_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    folders = ("providers", "services", "replies", "realtime")
    files = (file.read_text() for folder in folders for file in (ROOT / "tests" / folder).glob("*.py"))
    written = {name for file in files for name in re.findall(r"^(?:async )?def (test_\w+)", file, flags=re.MULTILINE)}

    assert named - written == set()
    assert len(named) > 80


def test_each_row_of_the_wires_and_each_dialect_is_named() -> None:
    cells = first_cells()

    for letter, count in ROWS.items():
        assert set().union(*(numbers(cell, letter) for cell in cells)) == set(range(1, count + 1))
    assert DIALECTS - cells == set()
