from __future__ import annotations

import pytest

from chat.providers import Cancelled, File, Notice, ProviderEvent, Reasoning, Replace, Text
from chat.replies.draft import Draft
from chat.replies.ledger import Lease
from chat.replies.pulse import Cut

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


@pytest.mark.parametrize("taken_back", [Replace("A dog?"), Replace("", were_thoughts=True)])
def test_what_people_should_know_stays_when_words_are_taken_back(taken_back: Replace) -> None:
    shortened = Notice("Some files were left out.")

    text = written(PICTURELESS, shortened, Text("A cat?"), taken_back)

    known = "*This model cannot see pictures.*\n\n*Some files were left out.*\n\n"
    assert text == known + taken_back.text


def test_a_file_comes_behind_the_words_that_were_held_back_before_it() -> None:
    begun, file = "Beans climb. Peas climb too.", File("image", "https://dify.example/f.png")

    assert written(Text(" Peas"), file, Text("Look."), begun=begun) == f"{begun} Peas{file.link}Look."


@pytest.mark.parametrize("url", ["https://dify.example/files/f.png?sign=a_b_c", "https://dify.example/a(b)c"])
def test_a_file_of_the_back_end_s_is_a_link(url: str) -> None:
    text = written(Text("Here:"), File("image", url))

    assert text == f"Here:\n\n[image](<{url}>)\n\n"


HEAVY = [
    "**bold** words, and more than an answer may begin with\n",
    "words of any length, and a line\n\n- an item\n",
    "plain words " * 20,
    "```python\nx = 1\n```\n",
]


@pytest.mark.parametrize("text", HEAVY)
def test_what_has_to_be_parsed_or_is_much_is_not_for_the_event_loop(text: str) -> None:
    assert [cut.is_light for cut in cuts_of(Text("Plain words come first. "), Text(text))] == [True, False]


def test_plain_words_and_what_only_lengthens_a_block_are_light() -> None:
    begun = cuts_of(Text("**Bold** words. "), Text("More.\n"), Text("Bold, and many more words, to its end. "))
    assert [cut.is_light for cut in begun] == [True, False, True]

    words = cuts_of(*[Text("plain words, and more of them. ")] * 40, Text("The end.\n\n"), Text("Again."))
    assert all(cut.is_light for cut in words)


def test_what_begins_anew_or_is_thought_is_not_light() -> None:
    assert [cut.is_light for cut in cuts_of(Text("One"), Replace("Two"), Reasoning("Three?"))] == [True, False, False]


def cuts_of(*events: ProviderEvent) -> list[Cut]:
    draft = Draft(Lease(1, 2, 3, 4, "helper", "one", 1), {}, "m")
    cuts = []
    for event in events:
        if draft.take(event) and (cut := draft.cut()):
            cuts.append(cut)
            draft.grow(cut)
    return cuts
