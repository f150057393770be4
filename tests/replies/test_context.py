from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chat.providers import Turn
from chat.replies.context import Said, build_turns, estimate_tokens


def test_people_are_named_and_own_words_are_not() -> None:
    history = [Said("ana", "hello"), Said("helper", "hi", is_own=True), Said("ben", "and I?")]

    assert build_turns(prompt="Be kind.", history=history, budget=1000) == (
        Turn("system", "Be kind."),
        Turn("user", "ana: hello"),
        Turn("assistant", "hi"),
        Turn("user", "ben: and I?"),
    )


def test_neighbours_of_one_role_are_joined() -> None:
    history = [Said("ana", "one"), Said("scribe", "another assistant"), Said("ben", "two")]

    assert build_turns(prompt="", history=history, budget=1000) == (
        Turn("user", "ana: one\n\nscribe: another assistant\n\nben: two"),
    )


def test_the_oldest_are_left_out_when_the_budget_is_spent() -> None:
    history = [Said("ana", "x" * 300), Said("ana", "middle"), Said("ana", "last")]

    assert build_turns(prompt="", history=history, budget=30) == (Turn("user", "ana: middle\n\nana: last"),)


def test_the_message_that_asks_goes_along_whatever_its_length() -> None:
    assert build_turns(prompt="", history=[Said("ana", "x" * 9000)], budget=10)[0].content == "ana: " + "x" * 9000


words = st.text(min_size=1, max_size=80)


@given(
    st.lists(st.builds(Said, st.sampled_from(["ana", "ben"]), words, st.booleans()), min_size=1), st.integers(1, 500)
)
def test_what_goes_along_is_the_newest_in_order_and_within_the_budget(history: list[Said], budget: int) -> None:
    turns = build_turns(prompt="", history=history, budget=budget)

    joined = "\n\n".join(turn.content for turn in turns)
    wanted = "\n\n".join(said.text if said.is_own else f"{said.name}: {said.text}" for said in history)
    assert wanted.endswith(joined)
    assert all(one.role != other.role for one, other in pairwise(turns))
    if joined != wanted:
        assert sum(estimate_tokens(said.text) for said in history) > budget
