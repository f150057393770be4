from __future__ import annotations

import asyncio
import math
import time

import pytest

from chat.providers import KINDS, Backend, ChatRequest, Done, ProviderEvent, Started, Text, Turn, Usage, create
from chat.providers.demo import DemoProvider, Pace
from chat.providers.demo.provider import tokens_of
from tests.providers.asking import terminals_of, text_of

AT_ONCE = Pace(0, math.inf)


async def ask(question: str, max_tokens: int | None = None) -> list[ProviderEvent]:
    turns = (Turn("system", "You are kind."), Turn("user", "ben: earlier"), Turn("user", question))
    request = ChatRequest(turns=turns, model="demo", max_tokens=max_tokens, reply_key="r1")
    return [event async for event in DemoProvider(AT_ONCE).stream(request)]


async def test_an_answer_is_a_start_tokens_usage_and_an_end() -> None:
    events = await ask("ana: @demo count to 3")

    assert events == [
        Started("r1", "demo"),
        Text("1"),
        Text(" 2"),
        Text(" 3"),
        Usage(prompt=13, completion=3, total=16),
        Done("stop"),
    ]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("ana: count to ten", "1 2 3 4 5 6 7 8 9 10"),
        ("Please count slowly to 5!", "1 2 3 4 5"),
        ("ana: @demo, counting from one to 2", "1 2"),
        ("ana: count to 0", "I count from 1, and no further than 1000. Try `count to 10`."),
        ("ana: count to 9999999999999", "I count from 1, and no further than 1000. Try `count to 10`."),
    ],
)
async def test_it_counts(question: str, answer: str) -> None:
    assert text_of(await ask(question)) == answer


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("ana: hello", "Hello ana! I am the **demo assistant**"),
        ("ana: @demo", "There is no language model behind me"),
        ("ana: What are you?", "There is no language model behind me"),
        ("help", "Hello! I am the **demo assistant**"),
        ("ana: show me a table", "|:--|:--|"),
        ("ana: some code please", "```python\n"),
        ("ana: a list", "1. **Write it**"),
        ("ana: how do I connect a model?", "manage.py addassistant llama --provider openai"),
        ("ana: what is 2 + 2?\nSay it.", "> what is 2 + 2?\n> Say it."),
        ("Ana Lima: what is 2 + 2?", "Hello Ana Lima!"),
        ("ben: count to 3\n\nana: what is 2 + 2?\n\nSay it.", "> what is 2 + 2?\n> \n> Say it."),
        ("ben: count to 3\n\nana: hello", "Hello ana!"),
    ],
)
async def test_it_knows_a_few_answers_by_heart(question: str, part: str) -> None:
    assert part in text_of(await ask(question))


@pytest.mark.parametrize("wish", ["a long story", "an essay about trees", "explain in detail", "something long"])
async def test_something_long_is_long(wish: str) -> None:
    tokens = [event for event in await ask(f"ana: tell me {wish}") if isinstance(event, Text)]

    assert 400 <= len(tokens) <= 600


async def test_the_same_question_gets_the_same_answer() -> None:
    assert await ask("ana: what is love?") == await ask("ana: what is love?")


async def test_a_token_limit_cuts_it_off() -> None:
    events = await ask("ana: count to 10", max_tokens=4)

    assert (text_of(events), events[-1]) == ("1 2 3 4", Done("length"))


async def test_it_can_be_left_in_the_middle() -> None:
    stream = DemoProvider().stream(ChatRequest(turns=(Turn("user", "ana: count to 500"),), model="demo"))
    reading = asyncio.create_task(anext(stream))
    await reading

    waiting = asyncio.create_task(anext(stream))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_conversation_without_a_question_is_answered_all_the_same() -> None:
    events = [event async for event in DemoProvider(AT_ONCE).stream(ChatRequest(turns=(), model=""))]

    assert terminals_of(events) == [Done("stop")]


def test_it_is_paced_like_a_model() -> None:
    assert [round(Pace().due(token), 6) for token in (0, 1, 40)] == [0.4, 0.425, 1.4]


def test_tokens_are_the_text_again() -> None:
    text = "  A *word*,\n\n```py\nx = 1_000\n``` é漢字🎈 "

    assert "".join(tokens_of(text)) == text


def test_each_kind_can_be_made_and_no_other() -> None:
    assert [type(create(kind, Backend())).__name__ for kind in KINDS] == [
        "DemoProvider",
        "OpenAIProvider",
        "DifyProvider",
    ]
    with pytest.raises(ValueError, match="There is no provider 'telepathy'; the known ones are demo, openai"):
        create("telepathy", Backend())


@pytest.mark.parametrize("filling", ["word ", "x=1;", "\n\n", '[file "', "@a count "])
async def test_of_megabytes_it_looks_at_a_few_kilobytes(filling: str) -> None:
    """The event loop is everybody's."""
    question = "ana: hello\n\nben: @demo now " + filling * (18_000_000 // len(filling)) + "\nand count to 3"

    began = time.process_time()
    answer = text_of(await ask(question))

    assert answer == "1 2 3"
    assert time.process_time() - began < 1


async def test_whoever_asks_at_length_is_known_all_the_same() -> None:
    answer = text_of(
        await ask(
            'ana: count to 9\n\nben: @demo look\n  [file "a.txt", text/plain, 1 MB]\n' + "    ben: count to 5\n\n" * 900
        )
    )

    assert answer.startswith("Hello ben! You sent me `a.txt` (text/plain, 1 MB).")
