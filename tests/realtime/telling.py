"""A model whose answers grow only when the test says so, word by word, each by the number of its question."""

from __future__ import annotations

import json
import re
import threading
from typing import Self

from tests.fake_llm import FakeLLM, Piece, Recorded, Script, chunk, ending

WORDS = ["It", " begins", "\n\n", "**and**", " goes", " on\n\n", "- one", "\n- two", "\n\nand", " so", " it", " ends"]


class Telling:
    """An answer, by however many attempts: who begins it anew may say at once what was told before."""

    def __init__(self) -> None:
        self.pauses = [threading.Event() for _ in WORDS]
        self.told = 1
        self.is_asked = False

    @classmethod
    def after(cls, text: str) -> Self:
        """Of an answer that goes on: so much was told of it."""
        telling = cls()
        telling.go_on(words_in(text))
        return telling

    @property
    def is_over(self) -> bool:
        return self.told > len(WORDS)

    @property
    def text(self) -> str:
        return "".join(WORDS[: self.told])

    def go_on(self, words: int = 1) -> None:
        for _ in range(words):
            if not self.is_over:
                self.pauses[self.told - 1].set()
                self.told += 1

    def script(self, begun: str) -> Script:
        self.is_asked = True
        pieces: list[Piece] = [chunk(role="assistant", content="")]
        for word, pause in list(zip(WORDS, self.pauses, strict=True))[words_in(begun) :]:
            pieces += [chunk(content=word), pause]
        return Script([*pieces, *ending()])


def words_in(text: str) -> int:
    """With how many of the words an answer begins."""
    bare = "".join(text.split())
    return next(count for count in range(len(WORDS) + 1) if "".join("".join(WORDS[:count]).split()) == bare)


class TellingLLM(FakeLLM):
    """A question is known by ``question-<number>`` in its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tellings: dict[int, Telling] = {}

    def _script_for(self, request: Recorded) -> Script:
        numbers = re.findall(rb"question-(\d+)", request.body)
        if not numbers:
            return super()._script_for(request)
        last = json.loads(request.body)["messages"][-1]
        begun = last["content"] if last["role"] == "assistant" else ""
        return self.tellings[int(numbers[-1])].script(begun)
