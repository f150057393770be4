from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chat.providers import Turn
from chat.replies.context import Context, budget_of, build_context
from chat.replies.framing import Said, shown
from chat.replies.tokens import estimate_tokens


def context(history: Sequence[Said], *, system: str = "", budget: int = 1000, quoted: Said | None = None) -> Context:
    return build_context(system=system, newest_first=reversed(history), budget=budget, quoted=quoted)


def test_people_are_named_and_own_words_are_not() -> None:
    history = [Said("ana", "hello"), Said("helper", "hi", is_own=True), Said("ben", "and I?")]

    assert context(history, system="Be kind.").turns == (
        Turn("system", "Be kind."),
        Turn("user", "ana: hello"),
        Turn("assistant", "hi"),
        Turn("user", "ben: and I?"),
    )


def test_neighbours_of_one_role_are_joined() -> None:
    history = [Said("ana", "one"), Said("scribe", "two", by_assistant=True), Said("ben", "three")]

    assert context(history).turns == (Turn("user", "ana: one\n\nscribe (assistant): two\n\nben: three"),)


def test_where_nothing_stands_any_more_there_is_nothing_to_tell() -> None:
    assert context([], system="Be kind.").turns == (Turn("system", "Be kind."),)
    assert context([], quoted=Said("ana", "older")).turns == (Turn("user", "ana (quoted): older"),)


def test_the_oldest_are_left_out_when_the_budget_is_spent() -> None:
    history = [Said("ana", "word " * 300), Said("ana", "middle"), Said("ana", "last")]

    assert context(history, budget=30).turns == (Turn("user", "ana: middle\n\nana: last"),)


def test_a_long_message_is_left_out_whole_and_what_is_older_with_it() -> None:
    history = [Said("ana", "older"), Said("ana", "word " * 300), Said("ana", "last")]

    assert context(history, budget=30).turns == (Turn("user", "ana: last"),)


def test_the_message_that_asks_goes_along_whatever_its_length() -> None:
    assert context([Said("ana", "x" * 9000)], budget=10).turns[0].content == "ana: " + "x" * 9000


def test_nothing_is_read_that_the_budget_has_no_room_for() -> None:
    read: list[int] = []

    def endless() -> Iterator[Said]:
        for number in range(10_000):
            read.append(number)
            yield Said("ana", "some words of hers")

    build_context(system="", newest_first=endless(), budget=100)

    assert len(read) < 20


def test_what_is_quoted_stands_before_the_question_even_if_there_is_no_room_for_it() -> None:
    old = Said("ben", "the old story " * 50, sequence=1)
    history = [old, Said("ana", "and so", sequence=2), Said("ana", "what of this?", sequence=3)]

    assert context(history, budget=20, quoted=old).turns == (
        Turn("user", f"{shown(old, is_quoted=True)}\n\nana: what of this?"),
    )


def test_what_is_quoted_is_told_again_unless_it_stands_there_already() -> None:
    roses, tulips = Said("ben", "roses", sequence=1), Said("ben", "tulips", sequence=2)
    history = [roses, tulips, Said("ana", "why?", sequence=3)]

    assert context(history, quoted=roses).turns[0].content == (
        "ben: roses\n\nben: tulips\n\nben (quoted): roses\n\nana: why?"
    )
    assert context(history, quoted=tulips).turns[0].content == "ben: roses\n\nben: tulips\n\nana: why?"


def test_own_words_that_are_quoted_stand_in_the_question_by_name() -> None:
    own = Said("helper", "roses", is_own=True, sequence=1)
    history = [own, Said("ben", "hm", sequence=2), Said("ana", "why?", sequence=3)]

    assert context(history, quoted=own).turns == (
        Turn("assistant", "roses"),
        Turn("user", "ben: hm\n\nhelper (assistant, quoted): roses\n\nana: why?"),
    )


def test_the_window_keeps_a_place_for_the_answer() -> None:
    assert budget_of(16_000, None) == 12_000
    assert budget_of(128_000, None) == 128_000 - 4_096
    assert budget_of(16_000, 1_000) == 15_000
    assert budget_of(4_000, 100_000) == 2_000  # an answer as long as the window still leaves room for the question


def test_what_there_is_of_the_answer_already_takes_its_place_too() -> None:
    begun = "some words " * 1_000

    assert budget_of(16_000, None, begun) == 12_000 - estimate_tokens(begun)
    assert budget_of(4_000, None, begun) == 1_000


words = st.text(min_size=1, max_size=40)
said = st.tuples(st.sampled_from(["ana", "ben"]), words, st.booleans()).map(lambda parts: Said(*parts))
histories = st.lists(said, min_size=1, max_size=12)


@given(histories, st.integers(1, 300))
def test_what_goes_along_is_the_newest_in_order_and_within_the_budget(history: list[Said], budget: int) -> None:
    told = context(history, budget=budget)

    joined = "\n\n".join(turn.content for turn in told.turns)
    wanted = "\n\n".join(shown(said) for said in history)
    assert wanted.endswith(joined)
    assert all(one.role != other.role for one, other in pairwise(told.turns))
    assert told.tokens <= max(budget, estimate_tokens(shown(history[-1])))
    if joined != wanted:
        assert sum(estimate_tokens(shown(said)) for said in history) > budget
