"""Which files go along with a question, and in what order there is room for them."""

from __future__ import annotations

from collections.abc import Sequence

from chat.providers import Document, Turn
from chat.replies.context import Context, build_context
from chat.replies.enclosing import Allowance, Enclosing
from chat.replies.framing import Attached, Said
from chat.replies.pictures import LONG_SIDE
from chat.replies.tokens import estimate_tokens
from tests.replies.shelves import CAT, MemoryShelf, file, picture

SEEING = Allowance(pictures=True)
LONG = "\n".join(f"line {number} of a long file" for number in range(2_000))


def say(name: str, text: str, *files: Attached, sequence: int = 0) -> Said:
    return Said(name, text, files=files, sequence=sequence)


def context(
    history: Sequence[Said],
    shelf: MemoryShelf,
    *,
    budget: int = 4_000,
    allowance: Allowance = SEEING,
    quoted: Said | None = None,
) -> Context:
    enclosing = Enclosing(shelf, allowance)
    return build_context(system="", newest_first=reversed(history), budget=budget, quoted=quoted, enclosing=enclosing)


def test_the_text_of_a_file_goes_along_in_its_message() -> None:
    told = context([say("ana", "what is this?", file(1))], MemoryShelf({1: "name,age"}))

    assert told.turns == (Turn("user", 'ana: what is this?\n  [file "notes.txt", text/plain, 12 bytes]\n    name,age'),)


def test_pictures_go_beside_the_words_that_count_them() -> None:
    history = [
        say("ana", "a cat", picture(1, "one.png")),
        Said("helper", "yes", is_own=True),
        say("ben", "and these?", picture(2, "two.png"), picture(3, "three.png")),
    ]

    told = context(history, MemoryShelf())

    assert [turn.pictures for turn in told.turns] == [(CAT,), (), (CAT, CAT)]
    assert told.turns[0].content == 'ana: a cat\n  [picture 1: "one.png", 280 × 280 pixels, 5 bytes]'
    assert told.turns[2].content.endswith(
        '  [picture 2: "two.png", 280 × 280 pixels, 5 bytes]\n  [picture 3: "three.png", 280 × 280 pixels, 5 bytes]'
    )


def test_pictures_cost_what_models_count_for_them() -> None:
    words = context([say("ana", "what?", picture(1))], MemoryShelf(), allowance=Allowance()).tokens

    assert context([say("ana", "what?", picture(1))], MemoryShelf()).tokens - words == 100


def test_who_sees_no_pictures_is_told_of_them_and_nothing_is_opened() -> None:
    shelf = MemoryShelf()

    told = context([say("ana", "what?", picture(1))], shelf, allowance=Allowance())

    assert told.turns == (
        Turn("user", 'ana: what?\n  [picture "cat.png", 280 × 280 pixels, 5 bytes: you cannot see it]'),
    )
    assert shelf.asked == []


def test_a_document_goes_along_with_who_reads_such() -> None:
    plan = file(1, "plan.pdf", "application/pdf")

    told = context([say("ana", "what?", plan)], MemoryShelf(), allowance=Allowance(documents=True))
    untold = context([say("ana", "what?", plan)], MemoryShelf())

    assert told.turns[0].documents == (Document("plan.pdf", "application/pdf", b"%PDF-"),)
    assert told.turns[0].content.endswith("it goes along]")
    assert untold.turns[0].documents == ()
    assert untold.turns[0].content.endswith("you cannot read it]")


def test_a_long_file_is_cut_to_three_quarters_of_what_the_question_leaves() -> None:
    told = context([say("ana", "before"), say("ana", "what?", file(1))], MemoryShelf({1: LONG}), budget=1_000)

    assert told.tokens <= 1_000
    assert "characters are left out here]" in told.turns[0].content
    assert told.turns[0].content.startswith("ana: before")
    assert 500 < estimate_tokens(told.turns[0].content) < 850


def test_the_question_comes_first_then_what_it_quotes_then_the_newest() -> None:
    history = [
        say("ana", "old", file(1), sequence=1),
        say("ana", "quoted", file(2), sequence=2),
        say("ana", "new", file(3), sequence=3),
        say("ana", "why?", file(4), sequence=4),
    ]
    shelf = MemoryShelf(dict.fromkeys(range(1, 5), "some words of a file " * 10))

    told = context(history, shelf, budget=390, quoted=history[1])

    assert shelf.asked == [4, 2, 3, 1]
    assert told.turns[0].content.count("    some words") == 3
    assert 'ana: old\n  [file "notes.txt", text/plain, 12 bytes: there is no room for it here]' in told.turns[0].content
    assert told.tokens <= 390


def test_a_file_of_what_is_quoted_is_told_once() -> None:
    history = [
        say("ana", "roses", picture(1), sequence=1),
        say("ana", "tulips", sequence=2),
        say("ana", "why?", sequence=3),
    ]

    (turn,) = context(history, MemoryShelf(), quoted=history[0]).turns

    assert turn.pictures == (CAT,)
    assert turn.content.count("[picture 1: ") == 1
    assert 'ana (quoted): roses\n  [picture "cat.png", 280 × 280 pixels, 5 bytes: as above]' in turn.content


def test_no_more_pictures_go_along_than_a_model_takes_and_those_are_the_newest() -> None:
    history = [say("ana", "look", picture(number, f"{number}.png"), sequence=number) for number in range(1, 5)]

    (turn,) = context(history, MemoryShelf(), allowance=Allowance(pictures=True, most_files=2)).turns

    assert len(turn.pictures) == 2
    assert '[picture "2.png", 280 × 280 pixels, 5 bytes: there is no room for it here]' in turn.content
    assert '[picture 1: "3.png"' in turn.content


def test_all_documents_together_have_so_many_bytes_at_most() -> None:
    plans = [file(number, f"{number}.pdf", "application/pdf", size=5) for number in (1, 2)]

    (turn,) = context(
        [say("ana", "look", *plans)], MemoryShelf(), allowance=Allowance(documents=True, most_bytes=9)
    ).turns

    assert [document.name for document in turn.documents] == ["1.pdf"]
    assert "there is no room for it here" in turn.content


def test_a_message_may_be_nothing_but_a_file() -> None:
    assert context([say("ana", "", picture(1))], MemoryShelf()).turns[0].content.startswith("ana: [picture 1: ")


def test_what_an_assistant_itself_attached_is_named() -> None:
    history = [Said("helper", "here", is_own=True, files=(file(1),)), say("ana", "thanks")]

    told = context(history, MemoryShelf({1: "x"}))

    assert told.turns[0].content == 'here\n[file "notes.txt", text/plain, 12 bytes: you cannot read it]'


def test_where_nothing_is_left_the_question_goes_along_alone() -> None:
    told = context([say("ana", "what?", file(1), picture(2))], MemoryShelf({1: LONG}), budget=60)

    assert told.turns[0].content.count("there is no room for it here") == 2


def test_what_may_be_no_text_is_not_even_opened_where_nothing_is_left() -> None:
    blobs = [file(number, f"{number}.bin", "application/octet-stream", size=9_900_000) for number in range(50)]
    shelf = MemoryShelf()

    told = context([say("ana", "look", *blobs), say("ana", "what? " * 40)], shelf, budget=2_000).turns[0].content

    assert told.count("9.9 MB: you cannot read it") == 50

    shelf.asked.clear()
    told = context([say("ana", "look", *blobs), say("ana", "what? " * 40)], shelf, budget=60).turns[0].content
    assert (shelf.asked, told.count("[file")) == ([], 0)

    told = context([say("ana", "look", *blobs)], shelf, budget=60).turns[0].content
    assert (shelf.asked, told.count("there is no room for it here")) == ([], 50)


def test_of_all_files_together_no_more_is_read_than_so_many_bytes() -> None:
    blobs = [file(number, f"{number}.bin", "application/octet-stream", size=9_900_000) for number in range(50)]
    shelf = MemoryShelf()

    told = context([say("ana", "look", *blobs)], shelf, budget=100_000, allowance=Allowance(most_read=500_000))

    assert 3 <= len(shelf.asked) < 50
    assert sum(shelf.read[:-1]) < 500_000 <= sum(shelf.read)
    assert told.turns[0].content.count("there is no room for it here") == 50 - len(shelf.asked)


def test_the_files_of_a_message_share_what_there_is_and_small_ones_leave_the_rest_to_large_ones() -> None:
    files = [file(1, "long.log", size=9_000), file(2, "short.txt", size=9), file(3, "longer.log", size=9_999)]
    shelf = MemoryShelf({1: LONG, 2: "tea", 3: LONG})

    told = context([say("ana", "what?", *files)], shelf, budget=2_000).turns[0].content

    one, short, three = (part.count("of a long file") for part in told.split("[file ")[1:])
    assert (shelf.asked, short) == ([2, 1, 3], 0)
    assert "    tea" in told
    assert one > 50
    assert abs(one - three) <= 4


def test_what_costs_nothing_takes_nobodys_share() -> None:
    alone = context([say("ana", "what?", file(1))], MemoryShelf({1: LONG}), allowance=Allowance(), budget=2_000)
    beside = [file(1), file(2, "all.zip", "application/zip"), picture(3)]

    told = context([say("ana", "what?", *beside)], MemoryShelf({1: LONG}), allowance=Allowance(), budget=2_000)

    assert abs(told.tokens - alone.tokens) < 60
    assert told.turns[0].content.count("of a long file") > 0.9 * alone.turns[0].content.count("of a long file")


def test_many_pictures_go_along_smaller_rather_than_not() -> None:
    photos = [picture(number, width=4_000, height=3_000) for number in range(8)]

    shelf = MemoryShelf()

    told = context([say("ana", "which?", *photos)], shelf, budget=8_000)

    assert len(told.turns[0].pictures) == 8
    assert shelf.sides[0] < LONG_SIDE
