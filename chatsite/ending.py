"""The end of a server, in order: nobody new comes in, sockets are told to come back, what is asked is answered.

With a supervisor that sends SIGTERM and others beside it that serve, nothing is lost and nobody waits for long.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

from chat.management.deadline import Work, end_at_the_latest, in_time
from chatsite.patience import PatientChannel

RESTARTING = 1012  # "service restart", in IANA's list of close codes
DRAIN_SECONDS = 6.0  # replies are handed over; what a model answers outside of rooms may come to its end
ANSWER_SECONDS = 3.0  # what was asked before is answered; event streams are broken off
LINGER_SECONDS = 1.0  # for what is on its way by lines that are open: of a proxy, which sends no post twice
LOOK_SECONDS = 0.25
CANCEL_SECONDS = 2.0
LAST_SECONDS = 0.5
CLOSES_AT_ONCE = 100
PAUSE_SECONDS = 0.02  # so that not all of them come back in the same moment
OUTSIDE_OF_ROOMS = b"/v1/"  # nobody else could go on with these


async def end_in_order(server: Any, drain: Work, last_words: Callable[[], Work]) -> None:
    """``drain`` runs beside what is still answered, ``last_words`` when nobody is left who could add to them."""
    end_at_the_latest()
    await in_time(stop_listening(server.ports), LAST_SECONDS)
    await asyncio.gather(
        in_time(drain, DRAIN_SECONDS),
        in_time(send_away(server), ANSWER_SECONDS),
        in_time(answer_the_last(server), ANSWER_SECONDS),
        in_time(until_answered(server, is_outside_of_rooms), DRAIN_SECONDS),
    )
    await in_time(cancel(server), CANCEL_SECONDS)
    await in_time(last_words(), LAST_SECONDS)


async def stop_listening(ports: list[Any]) -> None:
    """Who connected already is taken in: reset, a post that was sent would have to be sent again."""
    for port in ports:
        port.doRead()
        if stopped := port.stopListening():
            await stopped.asFuture(asyncio.get_running_loop())


async def send_away(server: Any) -> None:
    sockets = [line for line in list(server.connections) if hasattr(line, "close_with")]
    for number, socket in enumerate(sockets, 1):
        if socket.state == socket.STATE_OPEN:
            socket.close_with(RESTARTING, "The server is being restarted.")
        if number % CLOSES_AT_ONCE == 0:
            await asyncio.sleep(PAUSE_SECONDS)


async def answer_the_last(server: Any) -> None:
    await until_hung_up(LINGER_SECONDS)
    await until_answered(server, has_an_end)


async def until_hung_up(most_seconds: float) -> None:
    """Each answer from now on is the last one of its line. Browsers and proxies keep lines open on which nothing comes:
    that these are still there is no fault."""
    until = time.monotonic() + most_seconds
    while PatientChannel.lines and time.monotonic() < until:  # noqa: ASYNC110 - a second, once
        await asyncio.sleep(LOOK_SECONDS / 5)


async def until_answered(server: Any, is_meant: Callable[[Any], bool]) -> None:
    while tasks := [task for line, task in running(server) if is_meant(line)]:
        await asyncio.wait(tasks, timeout=LOOK_SECONDS)


async def cancel(server: Any) -> None:
    tasks = [task for _, task in running(server)]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


def running(server: Any) -> Iterator[tuple[Any, asyncio.Future[Any]]]:
    for line, details in list(server.connections.items()):
        task = details.get("application_instance")
        if task is not None and not task.done():
            yield line, task


def has_an_end(line: Any) -> bool:
    """A page has, and a socket that was told to close; an event stream has none."""
    if not hasattr(line, "responseHeaders"):
        return True
    kinds = line.responseHeaders.getRawHeaders(b"content-type") or [b""]
    return not kinds[0].startswith(b"text/event-stream")


def is_outside_of_rooms(line: Any) -> bool:
    return bytes(getattr(line, "path", b"")).startswith(OUTSIDE_OF_ROOMS)
