from __future__ import annotations

import pytest

from chat.providers import Cancelled, File, Notice, ProviderEvent, Replace, Text
from chat.replies.draft import Draft
from chat.replies.ledger import Lease

PICTURELESS = Notice("This model cannot see pictures.")


def written(*events: ProviderEvent, begun: str = "") -> str:
    draft = Draft(Lease(1, 2, 3, 4, "helper", "one", 1, begun=begun), {}, "m")
    for event in events:
        if draft.take(event) and (cut := draft.cut()):
            draft.grow(cut)
    draft.take(Cancelled())
    return draft.progress().text


def test_what_people_should_know_of_an_answer_stands_before_it() -> None:
    assert written(PICTURELESS, Text("A cat?")) == "*This model cannot see pictures.*\n\nA cat?"


def test_in_the_middle_of_an_answer_nothing_is_put_in() -> None:
    assert "pictures" not in written(PICTURELESS, Text(" sat on the mat."), begun="The cat")


def test_words_that_give_way_are_shown_at_once() -> None:
    assert written(Text("Nineteen"), Replace("Twenty.")) == "Twenty."


@pytest.mark.parametrize("url", ["https://dify.example/files/f.png?sign=a_b_c", "https://dify.example/a(b)c"])
def test_a_file_of_the_back_end_s_is_a_link(url: str) -> None:
    text = written(Text("Here:"), File("image", url))

    assert text == f"Here:\n\n[image](<{url}>)\n\n"
