"""A room with two people, an assistant that says what it is told to, and pages that look at it by every way."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any, Self

from asgiref.sync import sync_to_async

from chat.exceptions import NotRunning, StillRunning
from chat.hub import current_hub
from chat.models import Message, Reply, Room, User
from chat.replies.worker import ensure_worker
from chat.services import assistants, messages, people, reactions, replies, rooms, stopping
from tests.realtime.conftest import bot, browser, end_everything
from tests.realtime.lines import AskingLine, Line, SocketLine, StreamLine, fetch
from tests.realtime.reading import Reading, articles_in, json_of, room_of, room_on
from tests.realtime.telling import Telling, TellingLLM

PATIENCE_SECONDS = 30
NUMBERS = count(1)
LOSABLE = ("change", "start", "tokens", "end")


class Broker:
    """Between who announces and the hub: it may lose, double, or hold back and turn round what it is given."""

    def __init__(self) -> None:
        self.mood = "well"
        self._held: list[Mapping[str, Any]] = []

    def take(self, event: Mapping[str, Any]) -> None:
        if self.mood == "late":
            self._held.append(event)
        elif self.mood != "loses" or event["kind"] not in LOSABLE:
            for _ in range(2 if self.mood == "doubles" else 1):
                current_hub().take(event)

    def get_well(self) -> None:
        self.mood = "well"
        while self._held:
            current_hub().take(self._held.pop())


class Household:
    def __init__(self, llm: TellingLLM) -> None:
        self.llm = llm
        self.broker = Broker()
        self.running: dict[int, int] = {}  # question: the message of its reply
        self.ended: dict[int, int] = {}
        self.is_closed = False

    async def move_in(self) -> Self:
        await sync_to_async(self._make_room)()
        slug, ana = self.room.slug, self.people[0]
        self.token, self.session = await sync_to_async(bot)(ana), await sync_to_async(browser)(ana)
        self.lines: list[Line] = [
            *(SocketLine(slug, self.token, is_html, Reading(0)) for is_html in (True, False)),
            *(StreamLine(slug, self.token, is_html, Reading(0)) for is_html in (True, False)),
            AskingLine(slug, self.session, Reading(0)),
        ]
        self.serve()
        for line in self.lines:
            await line.sync()
        return self

    async def move_out(self) -> None:
        for line in self.lines:
            await line.cut()
        self.broker.get_well()
        while self.running:
            await self.stop(0)
        await self.until(lambda: not self._open_replies())  # else every household after this one would go on with them
        await end_everything()

    async def restart(self) -> None:
        """As a server that is told to end: its replies are handed on, and every line ends."""
        await self.lose_lines()
        await end_everything()
        self.serve()

    async def lose_lines(self) -> None:
        for line in self.lines:
            await line.cut()
        self.broker.get_well()

    def serve(self) -> None:
        """What a server starts beside its requests, with a broker between."""
        ensure_worker()
        current_hub().publisher.listener = self.broker.take

    # --- what people do; whose and which is said by a number ---

    async def post(self, who: int, quoting: int | None) -> None:
        quoted = await self._nth(quoting) if quoting is not None else None
        await self.say(who, f"said *{next(NUMBERS)}*", reply_to=quoted and quoted.pk)

    async def ask(self, by: User | None = None) -> int:
        number = next(NUMBERS)
        self.llm.tellings[number] = Telling()
        said = {"author": by or self.people[0], "text": f"@teller question-{number}"}
        posted = await self.do(messages.post_message, room=self.room, **said)
        self.running[number] = (await Reply.objects.aget(prompt=posted.message)).message_id
        return number

    async def edit(self, which: int) -> None:
        if found := await self._nth(which, is_plain=True):
            text = f"edited {next(NUMBERS)}"
            await self.do(messages.edit_message, message=found, by=found.author, text=text)

    async def delete(self, which: int) -> None:
        """A reply, too, even while it is written."""
        if found := await self._nth(which, is_question=False):
            await self.do(messages.delete_message, message=found, by=self.people[0])
            for questions in (self.running, self.ended):
                for number in [number for number, message in questions.items() if message == found.pk]:
                    del questions[number]

    async def react(self, who: int, which: int, emoji: str) -> None:
        if found := await self._nth(which):
            with suppress(StillRunning):
                await self.do(reactions.toggle_reaction, message=found, by=self.people[who], emoji=emoji)

    # --- what becomes of replies ---

    async def grow(self, which: int, words: int = 1) -> None:
        await self.tell_more(nth(self.running, which), words)

    async def finish(self, which: int) -> None:
        number = nth(self.running, which)
        await self.tell_more(number, 99)
        self.ended[number] = self.running.pop(number)

    async def stop(self, which: int) -> None:
        number = nth(self.running, which)
        with suppress(NotRunning):  # its last word may have been said by now
            await self._change_reply(stopping.stop_reply, self.running[number])
        self.ended[number] = self.running.pop(number)

    async def retry(self, which: int, by: str) -> None:
        """``by``: another assistant of the room, or the one that wrote it."""
        number = nth(self.ended, which)
        message = self.running[number] = self.ended.pop(number)
        await self.until(lambda: not is_open(message))
        self.llm.tellings[number] = Telling()
        await self._change_reply(replies.retry_reply, message, assistant=by)

    # --- what must hold ---

    async def come_to_rest(self) -> dict[int, str]:
        """What every running reply is to be shown with, once it has become so for whoever comes now."""
        for number in self.running:
            await self._told(number)
        self.broker.get_well()
        for number in list(self.running):  # that a word was lost is seen by the next one
            await self.tell_more(number, 1)
            if self.llm.tellings[number].is_over:
                self.ended[number] = self.running.pop(number)
        await self.until(lambda: self._open_replies() == set(self.running.values()))
        await self._all_is_told()
        expected = {message: plain(self.llm.tellings[number].text) for number, message in self.running.items()}
        visitor = SocketLine(self.room.slug, self.token, is_html=False, reading=Reading(0))
        until = time.monotonic() + PATIENCE_SECONDS
        await visitor.sync()  # before it is answered, all pages are written what was collected for them
        while (shown := visitor.reading.written()) != expected:
            assert time.monotonic() < until, f"shown to whoever comes now: {shown}, and not {expected}"
            await asyncio.sleep(0.05)
            await visitor.cut()
            await visitor.sync()
        await visitor.cut()
        return expected

    async def _all_is_told(self) -> None:
        """What came late or without what was before it: nothing older is told to a page from now on."""
        async with telling(lambda: f"the desk is not at rest: {vars(desk) if desk else None}"):
            while (desk := current_hub().desks.get(self.room.pk)) and (desk._waiting or desk._after or desk._healing):
                await asyncio.sleep(0.02)

    async def fresh(self) -> dict[str | bool, Any]:
        """A page as it is loaded now, in HTML (True) and in JSON (False)."""
        slug = self.room.slug
        page = await fetch(f"/rooms/{slug}/messages/", {**self.session, "HX-Request": "true"})
        api = json.loads(await fetch(f"/api/rooms/{slug}/messages", self.token, "limit=500"))
        room = json.loads(await fetch(f"/api/rooms/{slug}", self.token))
        shown = await fetch(f"/rooms/{slug}/", self.session)
        return {
            True: {**dict(sorted(articles_in(page))), "room": room_on(shown)},
            False: {**{message["id"]: json_of(message) for message in api["messages"]}, "room": room_of(room)},
            "revision": room["revision"],
        }

    def _make_room(self) -> None:
        number = next(NUMBERS)
        people.general_room()
        *self.people, self.guest = [people.create_person(name=f"{name}-{number}") for name in ("ana", "ben", "cleo")]
        self.room = rooms.create_room(by=self.people[0], name=f"Room {number}", kind=Room.Kind.PRIVATE)
        rooms.add_member(room=self.room, by=self.people[0], user=self.people[1])
        teller, _ = assistants.save_assistant(slug="teller", provider="openai", base_url=self.llm.url, model="fake")
        other, _ = assistants.save_assistant(slug="other", provider="openai", base_url=self.llm.url, model="bigger")
        for assistant in (teller, other):
            rooms.add_member(room=self.room, by=None, user=assistant.user)

    async def say(self, who: int, text: str, **fields: Any) -> Message:
        return (
            await self.do(messages.post_message, room=self.room, author=self.people[who], text=text, **fields)
        ).message

    async def do(self, act: Callable[..., Any], **fields: Any) -> Any:
        done = await sync_to_async(act)(**fields)
        await asyncio.sleep(0.01)
        return done

    async def _nth(self, which: int, *, is_plain: bool = False, is_question: bool = True) -> Message | None:
        found = Message.objects.filter(room=self.room, deleted_at=None).select_related("author", "room")
        found = found if is_question and not is_plain else found.exclude(text__contains="question-")
        found = found.filter(author__in=self.people) if is_plain else found
        listed = [message async for message in found.order_by("pk")]
        return listed[which % len(listed)] if listed else None

    async def _told(self, number: int) -> Telling:
        telling = self.llm.tellings[number]
        await self.until(lambda: telling.is_asked)
        return telling

    async def tell_more(self, number: int, words: int) -> None:
        (await self._told(number)).go_on(words)
        await asyncio.sleep(0.06)  # a pulse: words that are joined cannot be lost one by one

    async def _change_reply(self, act: Callable[..., Any], message: int, **fields: Any) -> None:
        found = await Message.objects.select_related("room").aget(pk=message)
        await self.do(act, message=found, by=self.people[0], **fields)

    def _open_replies(self) -> set[int]:
        rows = Reply.objects.filter(message__room=self.room, is_open=True, message__deleted_at=None)
        return set(rows.values_list("message_id", flat=True))

    async def until(self, condition: Callable[[], bool]) -> None:
        async with telling(self._state):
            while not await sync_to_async(condition)():
                await asyncio.sleep(0.02)

    def _state(self) -> str:
        tellings = {number: (each.is_asked, each.told) for number, each in self.llm.tellings.items()}
        mood = self.broker.mood
        return f"running {self.running}, ended {self.ended}, asked and told {tellings}, the broker is {mood}"


@asynccontextmanager
async def telling(what: Callable[[], str]) -> AsyncIterator[None]:
    """No longer than our patience lasts; then how things stand."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield
    except TimeoutError as error:
        raise AssertionError(f"after {PATIENCE_SECONDS} s: {what()}") from error


def is_open(message: int) -> bool:
    return Reply.objects.filter(message=message, is_open=True).exists()


def nth(questions: Mapping[int, int], which: int) -> int:
    return list(questions)[which % len(questions)]


def plain(markdown: str) -> str:
    return " ".join(markdown.split())
