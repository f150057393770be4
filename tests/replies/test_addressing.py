from __future__ import annotations

import pytest

from chat.replies.addressing import MAX_ASKED, addressed

MEMBERS = {1: 11, 2: 12, 3: 13}  # assistant: user


def asked(**facts: object) -> list[int]:
    return addressed(
        **{
            "author_kind": "person",
            "members": MEMBERS,
            "mentions": (),
            "answering": None,
            "is_direct": False,
            **facts,
        }  # type: ignore[arg-type]
    )


def test_nobody_is_asked_where_nobody_is_named() -> None:
    assert asked() == []


def test_the_named_answer_in_the_order_they_are_named() -> None:
    assert asked(mentions=(13, 7, 11)) == [3, 1]


def test_the_answering_assistant_answers_everything() -> None:
    assert asked(answering=2) == [2]
    assert asked(answering=2, mentions=(11,)) == [1, 2]
    assert asked(answering=2, mentions=(12,)) == [2]


def test_an_answering_assistant_that_is_switched_off_or_gone_is_silent() -> None:
    assert asked(answering=9) == []


def test_in_a_direct_room_all_answer() -> None:
    assert asked(is_direct=True) == [1, 2, 3]


@pytest.mark.parametrize("facts", [{"mentions": (11,)}, {"answering": 1}, {"is_direct": True}])
def test_assistants_do_not_answer_assistants(facts: dict[str, object]) -> None:
    assert asked(author_kind="assistant", **facts) == []


def test_a_bot_is_answered_only_where_it_names_one() -> None:
    assert asked(author_kind="bot", mentions=(11,), answering=2, is_direct=True) == [1]


def test_one_message_does_not_wake_a_crowd() -> None:
    crowd = {number: 100 + number for number in range(1, 50)}

    assert len(asked(members=crowd, mentions=tuple(crowd.values()))) == MAX_ASKED


def test_who_is_asked_itself_answers_first_and_not_the_one_that_answers_everything():
    members = {1: 11, 2: 12, 3: 13}
    facts = {"author_kind": "person", "members": members, "answering": 3, "is_direct": False}

    assert addressed(mentions=[11], ask=2, **facts) == [2, 1]  # type: ignore[arg-type]
    assert addressed(mentions=[], ask=9, **facts) == []  # type: ignore[arg-type]


def test_a_bot_is_answered_by_whom_it_asks():
    assert addressed(author_kind="bot", members={1: 11}, mentions=[], answering=1, is_direct=False, ask=1) == [1]
