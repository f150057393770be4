"""What the demo assistant says. It is honest about being none, and useful about the room it stands in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chat.providers.demo import texts
from chat.providers.demo.files import listed
from chat.providers.demo.question import Question, Wish

HIGHEST_COUNT = 1000
_LONGEST_QUOTE = 200


def answer_to(question: Question) -> str:
    return _ANSWERS[question.wish](question)


def _count(question: Question) -> str:
    if not 1 <= question.count_to <= HIGHEST_COUNT:
        return f"I count from 1, and no further than {HIGHEST_COUNT}. Try `count to 10`."
    return " ".join(map(str, range(1, question.count_to + 1)))


def _hello(question: Question) -> str:
    return f"{_greeting(question)} {texts.WHO_I_AM}\n\n{texts.WHAT_TO_TRY}"


def _files(question: Question) -> str:
    return f"{_greeting(question)} {listed(question.files)}\n\n{texts.NOT_OPENED}"


def _other(question: Question) -> str:
    return f"{_greeting(question)} {texts.NOT_A_MODEL}\n\n{_quoted(question.text)}\n\n{texts.WHERE_TO_GO}"


def _greeting(question: Question) -> str:
    return f"Hello {question.asker}!" if question.asker else "Hello!"


def _quoted(text: str) -> str:
    shown = text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE].rstrip() + "…"
    return "\n".join(f"> {line}" for line in shown.splitlines())


_ANSWERS: Mapping[Wish, Callable[[Question], str]] = {
    Wish.COUNT: _count,
    Wish.HELLO: _hello,
    Wish.FILES: _files,
    Wish.OTHER: _other,
    Wish.LONG: lambda question: f"{_greeting(question)} {texts.TOUR}",
    Wish.TABLE: lambda question: f"{_greeting(question)} {texts.TABLE}",
    Wish.CODE: lambda question: f"{_greeting(question)} {texts.CODE}",
    Wish.LIST: lambda question: f"{_greeting(question)} {texts.LIST}",
    Wish.CONNECT: lambda question: f"{_greeting(question)} {texts.CONNECT}",
}
