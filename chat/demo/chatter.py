"""What is said where a room is filled by the thousand: a few hundred different texts, each rendered once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from chat.services.messages import rendered

_OPENINGS = (
    "The ferry leaves at nine.",
    "I moved the **release** to Thursday.",
    "Who has the key of the small store?",
    "Same error again on `worker-3`, about once an hour.",
    "Thanks, that was it.",
    "The numbers of last week are in: up by a tenth.",
    "Could somebody look at the second table before noon?",
    "Half the screenshots show the old icon.",
    "I tried it on the train, with a bad line, and nothing was lost.",
    "Lunch at one?",
)
_ENDINGS = (
    "",
    "I will be late by ten minutes.",
    "See [the plan](https://example.org/plan), the part about the harbour.",
    "If it happens again, we should:\n\n- keep the log\n- note the time\n- call Ben",
    "It began after this:\n\n```python\ndef tide(hour: int) -> float:\n    return 2.1 if hour < 9 else 0.4\n```",
    "_Not urgent_, but it would be good to know until Friday, so that the others can plan with it.",
    "The tides:\n\n| port | metres |\n|---|--:|\n| Aveiro | 2.1 |\n| Sines | 1.8 |",
    "Has anybody heard from the harbour office since Monday? They wanted to call back, and did not.",
)
_QUESTIONS = ("why does the pump stop at night?", "how do I undo a merge?", "what changed between 2.3 and 2.4?")
_LEADS = ("In short:", "There are two ways.", "That depends on what you need.", "Yes.")


@dataclass(frozen=True, slots=True)
class Text:
    words: str
    html: str
    named: tuple[int, ...]


class Chatter:
    """Texts to choose from. ``names`` are people that exist, ``assistant`` is who is asked."""

    def __init__(self, names: Sequence[str], assistant: str) -> None:
        self._remarks = [_rendered(f"{opening} {ending}".strip()) for opening, ending in product(_OPENINGS, _ENDINGS)]
        self._calls = [_rendered(f"@{name} {opening}") for name, opening in product(names, _OPENINGS)]
        self._questions = [_rendered(f"@{assistant} {question}") for question in _QUESTIONS]
        self._answers = [_rendered(f"{lead}\n\n{ending}") for lead, ending in product(_LEADS, _ENDINGS[1:])]

    def remark(self, dice: random.Random) -> Text:
        """One in twelve names somebody."""
        return dice.choice(self._calls if dice.random() < 1 / 12 else self._remarks)

    def question(self, dice: random.Random) -> Text:
        return dice.choice(self._questions)

    def answer(self, dice: random.Random) -> Text:
        return dice.choice(self._answers)


def _rendered(words: str) -> Text:
    body = rendered(words)
    return Text(words, body.html, body.mentions)
