"""What whoever comes late is shown of a reply that grows."""

from __future__ import annotations

from typing import Any

import pytest

from chat.hub.running import Running, load_running
from chat.providers import Reasoning, Replace, Text
from chat.replies import ledger
from chat.replies.checkpoints import checkpoint
from chat.replies.draft import Draft
from chat.replies.ledger import Lease
from chat.replies.pulse import keep_for_late_joiners
from tests.factories import make_assistant, make_message, make_person, make_room

LIST = "Three of them:\n\n- **one** and more\n- two\n  - a half\n- three, of `them`\n- d"
TABLE = "| a | b |\n|---|---|\n| **one** | 1 |\n| two | 2 |\n| three | 3 |\n| 4"


def growths_of(text: str, step: int) -> list[Any]:
    draft = Draft(Lease(1, 2, 3, 4, "helper", "one", 1), {}, "m")
    found = []
    for start in range(0, len(text), step):
        draft.take(Text(text[start : start + step]))
        if cut := draft.cut():
            found += draft.grow(cut)
    return found


def running() -> Running:
    return Running(message=2, attempt=1, assistant="helper", prompt=4)


@pytest.mark.parametrize("text", [LIST, TABLE])
@pytest.mark.parametrize("step", [1, 5, 9])
def test_items_and_rows_are_put_where_a_page_puts_them(text: str, step: int) -> None:
    growths = growths_of(text, step)
    assert any(piece.get("children") for growth in growths for piece in growth["pieces"])

    followed = running()
    assert all(followed.apply(growth) for growth in growths)

    whole = running()
    assert all(whole.apply(growth) for growth in growths_of(text, len(text)))
    shown = [[block["html"] + block["tail"] for block in each.blocks if block["html"]] for each in (followed, whole)]
    assert shown[0] == shown[1]


def test_a_part_of_what_is_not_there_changes_nothing() -> None:
    """A process that took over, or one of another version, may know the block otherwise."""
    followed = running()
    followed.place({"index": 0, "html": "<p>words</p>", "is_open": True})
    followed.place({"index": 0, "html": None, "text": "", "position": 1, "children": ["<li>b</li>"]})
    followed.place({"index": 0, "html": None, "text": " and more"})

    assert followed.blocks == [{"index": 0, "html": "<p>words</p>", "is_open": True, "tail": " and more", "joints": ()}]


@pytest.mark.parametrize("is_stored_late", [False, True])
def test_what_turned_out_to_be_thoughts_is_shown_as_such(transactional_db: None, is_stored_late: bool) -> None:
    """Its checkpoint may be of any moment: thoughts and words are kept apart, and have no common order."""
    ana = make_person("ana")
    room = make_room("garden", ana)
    make_assistant("helper", room)
    make_message(room, ana, "@helper what grows here?")
    (lease,) = ledger.claim("one", 1)
    draft = Draft(lease, {}, "m")

    kept = [*grown(draft, Text("Hm. Beans?"))]
    draft.take(Replace("", were_thoughts=True))
    draft.take(Reasoning("Hm. Beans?"))
    cut = draft.cut()
    before = draft.progress()
    assert cut is not None
    kept += draft.grow(cut)
    checkpoint(lease, draft.progress() if is_stored_late else before)
    kept += grown(draft, Text("Peas."))
    keep_for_late_joiners(kept)

    (late,) = load_running(room.pk)
    assert ("".join(late.contents), "".join(late.thoughts)) == ("Peas.", "Hm. Beans?")


def grown(draft: Draft, event: Text) -> list[Any]:
    draft.take(event)
    cut = draft.cut()
    assert cut is not None
    return draft.grow(cut)
