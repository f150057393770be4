"""The hub: what is announced comes in, from this process at once and from the others by the channel layer; what the
sockets of this process should hear goes out."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import structlog

from chat.catchup import Change
from chat.events import publisher_of
from chat.events.carriers import Announcement
from chat.frames import Frame
from chat.hub.arrivals import Arrivals
from chat.hub.attendance import Attendance
from chat.hub.catching import Catching
from chat.hub.desk import Desk
from chat.hub.following import Following
from chat.hub.guests import Guests
from chat.hub.listening import Listening
from chat.hub.meanwhile import Meanwhile
from chat.hub.missed import Missed
from chat.hub.others import Others
from chat.hub.running import Running
from chat.hub.socket import Socket
from chat.hub.waiting import Waiting
from chat.visits import Visit

log = structlog.get_logger(__name__)


class Hub:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.publisher = publisher_of(self.loop)
        self.publisher.listener, self.publisher.moment = self.take, self.moment
        self.desks: dict[int, Desk] = {}
        self.attendance = Attendance()
        self._listeners: dict[str, list[Callable[[Announcement], None]]] = {}
        self.waiting = Waiting(self)
        self.guests = Guests(self)
        self.following = Following(self._show, self.waiting.tell, self._end)
        self.catching = Catching(self.following)
        self.listening = Listening(self)
        self._tasks: set[asyncio.Task[None]] = set()
        self.arrivals = Arrivals(self)
        self.others = Others(self)
        self.missed = Missed(self)
        self.meanwhile = Meanwhile(self)

    def start(self) -> None:
        from chat.hub.watch import watch

        self.spawn(self.listening.receive())
        self.spawn(watch(self))
        self.spawn(self.waiting.watch())
        self.spawn(self.guests.watch())

    def on(self, kind: str, listener: Callable[[Announcement], None]) -> None:
        """Hear a kind of announcement that is for no socket."""
        self._listeners.setdefault(kind, []).append(listener)

    def join(self, socket: Socket, visit: Visit) -> None:
        """From now on this socket hears of its room, and of what concerns its person."""
        desk = self.open_desk(visit.room.pk, visit.room.revision)
        desk.join(socket)
        desk.expect(visit.room.revision)
        self.attendance.enter(socket, visit.room_ids)
        self.arrivals.came(socket)
        self.meanwhile.look_back(socket, visit.asked_at)

    def leave(self, socket: Socket) -> None:
        if socket not in self.attendance:
            return
        self.attendance.leave(socket)
        self.arrivals.went(socket)
        desk = self.desks.get(socket.room_id)
        if desk is None:
            return
        desk.leave(socket)
        self.close_idle_desk(socket.room_id)

    def open_desk(self, room_id: int, revision: int) -> Desk:
        """The room's desk: with the first who comes, the room is subscribed to and its replies are read."""
        desk = self.desks.get(room_id)
        if desk is None:
            desk = self.desks[room_id] = Desk(room_id, revision, self._healed)
            self.following.load(room_id)
            self.spawn(self.listening.subscribe(desk))
        return desk

    def close_idle_desk(self, room_id: int) -> None:
        desk = self.desks.get(room_id)
        if desk is not None and not desk:
            del self.desks[room_id]
            self.spawn(self.listening.unsubscribe(room_id))

    def take(self, event: Announcement) -> None:
        """One announcement. A broken one must not silence the rest."""
        try:
            self._take(event)
        except Exception:
            log.exception("announcement_failed", kind=event.get("kind"))

    @contextmanager
    def moment(self, events: Sequence[Announcement]) -> Iterator[None]:
        """What is announced within it is one write to each socket."""
        rooms: set[int] = {event["room"] for event in events if "room" in event} if len(events) > 1 else set()
        desks = [desk for room in rooms if (desk := self.desks.get(room))]
        for desk in desks:
            desk.hold()
        try:
            yield
        finally:
            for desk in desks:
                desk.release()

    def spawn(self, work: Any) -> asyncio.Task[None]:
        # A fresh context: the one of a request's thread ends before this task does.
        task: asyncio.Task[None] = self.loop.create_task(work, context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """End everything that runs beside the sockets."""
        tasks = [*self._tasks, *self.publisher.tasks()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take(self, event: Announcement) -> None:
        kind = event["kind"]
        match kind:
            case "change":
                self._change(event)
            case "doubt":
                self._doubt(event)
            case "start" | "tokens" | "end":
                self._follow(event)
            case "typing":
                self._show(event["room"], frame_of(event), but=event["author"], is_passing=True)
            case "presence":
                self.arrivals.tell(event, frame_of(event))
            case "activity" | "mention" | "unmentioned" | "read" | "membership" | "listed":
                self.attendance.take(event)
        for listener in self._listeners.get(kind, ()):
            listener(event)

    def _healed(self, room_id: int) -> None:
        """Where a change was lost, the end of a reply may have been, too."""
        self.spawn(self.following.drop_ended(room_id))

    def _follow(self, event: Announcement) -> None:
        """Not where nobody watches: a reply that this process leaves to another one would be kept for ever, for its end
        is not heard here. Whoever comes finds what runs where all processes do; alone, there is nowhere but here."""
        if self.publisher.is_shared and event["room"] not in self.desks:
            return
        match event["kind"]:
            case "start":
                self._start(event)
            case "tokens":
                self._grow(event["room"], event["growths"])
            case "end":
                self._end(event)

    def _change(self, event: Announcement) -> None:
        if desk := self.desks.get(event["room"]):
            change = Change(event["revision"], frame_of(event), event.get("author", 0), event.get("client_id", ""))
            desk.take(change)

    def _doubt(self, event: Announcement) -> None:
        if (desk := self.desks.get(event["room"])) is None:
            return
        if revision := event["revision"]:
            desk.expect(revision)
        else:
            desk.heal()

    def _start(self, event: Announcement) -> None:
        """Behind its message, which may wait for somebody else's: a page has nowhere yet to show it and its words."""
        running = self.following.started(event["room"], event)
        if running and (desk := self.desks.get(event["room"])):
            running.is_shown = False
            # A process of an earlier version, during a rolling restart, names no revision: then it is shown at once.
            desk.after(event.get("revision", 0), partial(self._show_beginning, desk, running, frame_of(event)))

    def _show_beginning(self, desk: Desk, running: Running, bare: Frame) -> None:
        """With what has been said of it meanwhile, if there was something to wait for; not if that was all of it."""
        if self.following.running(desk.room_id, running.message) is not running:
            return
        running.is_shown = True
        has_begun = running.sequence or running.thought_sequence
        desk.broadcast(*(running.snapshot() if has_begun else [bare]))

    def _end(self, event: Announcement) -> None:
        """Once: it may have been found before it is heard."""
        is_news = self.following.ended(event["room"], event)
        if is_news and (desk := self.desks.get(event["room"])):
            desk.after(event["revision"], lambda: desk.broadcast(frame_of(event)))

    def _grow(self, room_id: int, growths: Sequence[Announcement]) -> None:
        """All replies of a room that grew in the same moment are one write to each socket."""
        shown = [frame_of(growth) for growth in growths if self.following.grew(room_id, growth)]
        if shown and (desk := self.desks.get(room_id)):
            desk.broadcast(*shown)

    def _show(self, room_id: int, frame: Frame, but: int = 0, *, is_passing: bool = False) -> None:
        if desk := self.desks.get(room_id):
            desk.broadcast(frame, but=but, is_passing=is_passing)


def frame_of(event: Announcement) -> Frame:
    return Frame(event["json"], event["html"])


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


async def stop_hubs() -> None:
    """Of the running loop: its hub, if it has one."""
    if hub := _hubs.pop(asyncio.get_running_loop(), None):
        await hub.stop()


def current_hub() -> Hub:
    """The hub of the running loop, made on first use."""
    loop = asyncio.get_running_loop()
    for stale in [known for known in _hubs if known.is_closed()]:
        del _hubs[stale]
    if loop not in _hubs:
        _hubs[loop] = Hub()
        _hubs[loop].start()
    return _hubs[loop]
