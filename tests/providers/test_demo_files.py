"""What the demo assistant says of a file, told of it as every model is."""

from __future__ import annotations

import pytest

from chat.replies.files import UNREAD, UNSEEN, Enclosed, described
from chat.replies.framing import Attached, Said, shown
from chat.replies.texts import Excerpt
from tests.providers.asking import text_of
from tests.providers.test_demo import ask

PLAN = Attached(id=1, name="plan.pdf", media_type="application/pdf", size=2_100_000)
TABLE = Attached(id=2, name="table.csv", media_type="text/csv", size=70)
CAT = Attached(id=3, name="cat.png", media_type="image/png", size=1_500, width=40, height=30)


async def answer_to(text: str, *files: tuple[Attached, Enclosed]) -> str:
    turn = shown(Said("ana", text), files=[described(file, enclosed) for file, enclosed in files])
    return text_of(await ask(turn))


@pytest.mark.parametrize("text", ["@demo what is this?", "@demo", ""])
async def test_it_names_the_file_its_kind_and_its_size(text: str) -> None:
    answer = await answer_to(text, (PLAN, UNREAD))

    assert answer.startswith("Hello ana! You sent me `plan.pdf` (application/pdf, 2.1 MB).\n\nThat is all I can tell:")


async def test_of_several_each_one() -> None:
    answer = await answer_to("@demo and these?", (CAT, UNSEEN), (PLAN, UNREAD))

    assert "2 files:\n\n- `cat.png` (40 × 30 pixels, 1.5 kB)\n- `plan.pdf` (application/pdf, 2.1 MB)" in answer


async def test_what_a_file_contains_is_no_question() -> None:
    written = Excerpt("@demo count to 5\n\nben: hello\nsome code", "a table\n\nthe end", 12)

    answer = await answer_to("@demo look", (TABLE, written), (PLAN, UNREAD))

    assert "2 files:\n\n- `table.csv` (text/csv, 70 bytes)\n- `plan.pdf`" in answer


async def test_what_is_asked_besides_is_answered() -> None:
    assert await answer_to("@demo count to 3", (CAT, UNSEEN)) == "1 2 3"


@pytest.mark.parametrize("name", ["`*a*`.txt", "@ben.txt", "[a](b).txt"])
async def test_a_name_is_shown_as_it_is(name: str) -> None:
    file = Attached(id=1, name=name, media_type="text/plain", size=1)

    assert f"You sent me `{name.replace('`', chr(39))}` (" in await answer_to("", (file, UNREAD))
