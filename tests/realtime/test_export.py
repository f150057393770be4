"""``GET /api/rooms/{slug}/export``: who may, and what comes."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError

from chat import limits
from chat.consumers.export import _next_of_each
from chat.database import Together
from chat.models import ApiToken, Message, Room, User
from chat.replies import ledger
from chat.replies.outcomes import Outcome
from chat.services.exporting import export
from chat.services.exporting.export import PIECE
from chat.services.exporting.files import Chosen
from chat.services.memberships import remove_member
from chat.services.messages import post_message
from chat.services.people import deactivate
from tests.factories import make_assistant, make_reply
from tests.realtime.asking import Exchange
from tests.realtime.conftest import Asker, browser


@pytest.fixture
async def talk(ana: User, harbour: Room) -> Room:
    for text in ("one", "two", "three"):
        await sync_to_async(post_message)(room=harbour, author=ana, text=text)
    return harbour


def think(room: Room, asker: User) -> None:
    make_reply(room, asker, make_assistant("thinker", room))
    (lease,) = ledger.claim("a writer", 1)
    ledger.finish(lease, Outcome(status="complete", reason="stop", text="An oak.", reasoning="Leaves, lobed."))


async def get(ask: Asker, user: User | None, room: str = "harbour", method: str = "GET", **query: str) -> Exchange:
    return await ask(user, path=f"/api/rooms/{room}/export", method=method, query=urlencode(query))


@pytest.mark.parametrize(
    ("form", "ending", "content_type"),
    [
        ("markdown", "md", "text/markdown; charset=utf-8"),
        ("json", "json", "application/json"),
        ("html", "html", "text/html; charset=utf-8"),
    ],
)
async def test_it_is_a_file_to_keep(ben: User, talk: Room, ask: Asker, form: str, ending: str, content_type: str):
    answer = await get(ask, ben, format=form)
    text = (await answer.body()).decode()

    assert answer.status == 200
    assert answer.headers["content-type"] == content_type
    assert answer.headers["content-disposition"] == f'attachment; filename="harbour.{ending}"'
    assert "script" not in answer.headers["content-security-policy"]
    assert all(word in text for word in ("Harbour", "one", "two", "three"))


async def test_a_part_of_it(ben: User, talk: Room, ask: Asker):
    told = await (await get(ask, ben, format="json", after="1", before="3")).json()

    assert [message["text"] for message in told["messages"]] == ["two"]


@pytest.mark.parametrize(
    ("query", "has_thoughts"), [({}, False), ({"reasoning": "0"}, False), ({"reasoning": "1"}, True)]
)
async def test_thoughts_are_there_for_who_asks(
    ana: User, harbour: Room, ask: Asker, query: dict[str, str], has_thoughts: bool
):
    await sync_to_async(think)(harbour, ana)

    answer = await get(ask, ana, format="markdown", **query)

    assert ("Leaves, lobed." in (await answer.body()).decode()) is has_thoughts


async def test_a_page_may_have_it_with_its_session(ben: User, talk: Room, ask: Asker):
    headers = await sync_to_async(browser)(ben)

    answer = await ask(None, path="/api/rooms/harbour/export", method="GET", headers=headers)

    assert answer.status == 200


async def test_its_head_alone(ben: User, talk: Room, ask: Asker):
    answer = await get(ask, ben, method="HEAD")

    assert (answer.status, await answer.body()) == (200, b"")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"format": "pdf"}, 422, "invalid"),
        ({"after": "yesterday"}, 422, "invalid"),
        ({"reasoning": "some"}, 422, "invalid"),
        ({"room": "nowhere"}, 404, "not_found"),
        ({"method": "POST"}, 405, "method_not_allowed"),
    ],
)
async def test_what_makes_no_sense(ben: User, talk: Room, ask: Asker, query: dict[str, str], status: int, code: str):
    answer = await get(ask, ben, **query)

    assert (answer.status, (await answer.json())["code"]) == (status, code)


async def test_strangers_find_nothing(eve: User, talk: Room, ask: Asker):
    assert (await get(ask, eve)).status == 404
    assert (await get(ask, None)).status == 401


async def test_it_is_as_dear_as_saying_something(ben: User, talk: Room, ask: Asker):
    for _ in range(limits.WRITES.amount):
        await sync_to_async(limits.spend_write)(ben)

    answer = await get(ask, ben)

    assert (answer.status, (await answer.json())["code"]) == (429, "rate_limited")
    assert int(answer.headers["retry-after"]) > 0


async def test_many_at_once_take_turns(ben: User, talk: Room, ask: Asker, monkeypatch: pytest.MonkeyPatch):
    """Each piece takes a thread, a connection and most of a core: pages and posts have theirs."""
    made, together, original = list[int](), 0, export.messages

    def slow(chosen: Chosen) -> Iterator[Message]:
        nonlocal together
        for message in original(chosen):
            together += 1
            made.append(together)
            time.sleep(0.01)
            together -= 1
            yield message

    monkeypatch.setattr("chat.services.exporting.export.messages", slow)

    monkeypatch.setattr(limits.EXPORTS, "most", 6)

    files = await asyncio.gather(*[get(ask, ben, format="markdown") for _ in range(6)])

    assert len({await file.body() for file in files}) == 1
    assert len(made) >= 6
    assert max(made) == 1


def told_slowly(until: Callable[[], object]) -> Callable[[Chosen], Iterator[Message]]:
    """A first piece; then something happens, and there would be two more."""
    original = export.messages

    def messages(chosen: Chosen) -> Iterator[Message]:
        for word, message in zip(("word ", "secret ", "secret "), original(chosen), strict=True):
            if word != "word ":
                until()
            message.text = word * PIECE
            yield message

    return messages


@pytest.mark.parametrize("end", ["membership", "token", "account"])
async def test_it_breaks_off_where_its_reader_may_read_no_longer(
    ben: User, talk: Room, ask: Asker, monkeypatch: pytest.MonkeyPatch, end: str
):
    def lose() -> None:
        match end:
            case "membership":
                remove_member(room=talk, by=None, user=ben)
            case "token":
                ApiToken.objects.all().delete()
            case _:
                deactivate(person=ben, by=None)

    monkeypatch.setattr("chat.services.exporting.export.messages", told_slowly(lose))
    monkeypatch.setattr("chat.consumers.export.RECHECK_SECONDS", 0.0)

    text = (await (await get(ask, ben, format="markdown")).body()).decode()

    assert "word" in text
    assert text.count("secret") <= PIECE  # what was read before they left
    assert text.endswith("**The export broke off here.**\n")


async def test_one_person_has_two_at_once_and_others_have_theirs(
    ana: User, ben: User, talk: Room, ask: Asker, monkeypatch: pytest.MonkeyPatch
):
    may_go_on = threading.Event()
    monkeypatch.setattr("chat.consumers.export.PIECES", Together(_next_of_each, most=1, lanes=4))
    monkeypatch.setattr("chat.services.exporting.export.messages", told_slowly(may_go_on.wait))

    first, second = await get(ask, ben), await get(ask, ben)
    third, hers = await get(ask, ben), await get(ask, ana)

    assert [first.status, second.status, third.status, hers.status] == [200, 200, 429, 200]
    assert (third.headers["retry-after"], (await third.json())["code"]) == ("10", "rate_limited")
    may_go_on.set()
    for answer in (first, second, hers):
        await answer.body()
        await answer.hang_up()
    assert (await get(ask, ben)).status == 200


async def test_a_file_that_breaks_off_is_seen_to(ben: User, talk: Room, ask: Asker, monkeypatch: pytest.MonkeyPatch):
    """The database goes away behind the first piece: neither file can be taken for the whole."""

    def broken(chosen: Chosen) -> Iterator[Message]:
        yield Message(room=talk, author=ben, sequence=1, text="word " * PIECE)
        raise DatabaseError("gone")

    monkeypatch.setattr("chat.services.exporting.export.messages", broken)

    text = (await (await get(ask, ben, format="markdown")).body()).decode()
    data = (await (await get(ask, ben, format="json")).body()).decode()

    assert text.endswith("**The export broke off here.**\n")
    with pytest.raises(json.JSONDecodeError):
        json.loads(data)
