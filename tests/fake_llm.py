"""A language model server that says exactly what a test tells it to: real HTTP/1.1 on a loopback port, in a thread.

It speaks bytes, so that it can also say what no HTTP library would let it: half answers, resets, silence.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Self

SSE = "text/event-stream"
Piece = bytes | float | threading.Event  # bytes to send, seconds to wait, or something to wait for
End = Literal["clean", "reset", "silence"]


@dataclass(frozen=True)
class Script:
    """One answer. ``length`` chunked: an ending is seen; ``close``: the body ends where the connection does."""

    pieces: Iterable[Piece] = ()
    status: int = 200
    content_type: str = SSE
    headers: Mapping[str, str] = field(default_factory=dict)
    before_headers: Sequence[float | threading.Event] = ()
    end: End = "clean"
    length: Literal["chunked", "close"] = "chunked"


@dataclass
class Recorded:
    """One request, as it came in, and what became of its connection."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    connection: int
    was_abandoned: threading.Event = field(default_factory=threading.Event)
    abandoned_at: float | None = None

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Hold:
    """A pause in an answer that lasts until ``release()``."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def release(self) -> None:
        self.event.set()


class FakeLLM:
    """``with FakeLLM() as llm``: give ``llm.url`` to the product, script it, look at ``llm.requests``.

    Scripts are used up one by one; the last one stays. Without any, it counts to three.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, *, host: str = "127.0.0.1") -> None:
        self._tls, self.host = tls, host
        self.requests: list[Recorded] = []  # of the chat; those for the list of models are in ``listings``
        self.listings: list[Recorded] = []
        self.models = Script([json.dumps({"object": "list", "data": [{"id": "fake"}]}).encode()], content_type=JSON)
        self._scripts: list[Script] = [Script(stream_of("1 2 3"))]
        self._connections = 0
        self._started = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    def start(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._started.wait(10)
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}/v1"

    def answer(self, *scripts: Script) -> None:
        self._scripts = list(scripts)

    def reply_with(self, text: str, *, tokens_per_second: float | None = None) -> None:
        self.answer(Script(stream_of(text, pause=1 / tokens_per_second if tokens_per_second else 0)))

    def hold(self, text: str = "", then: str = "") -> Hold:
        """Say ``text`` in one piece, so that whoever sees something of it sees all; then nothing until the hold is
        released, then the rest."""
        hold = Hold()
        begun = [chunk(content=text)] if text else []
        self.answer(Script([*begun, hold.event, *tokens_of(then), *ending()]))
        return hold

    def fail_with(self, status: int, message: str = "no", **headers: str) -> None:
        self.answer(error(status, message, **headers))

    def wait_for_request(self, number: int = 1, *, seconds: float = 10) -> Recorded:
        """The so-manieth request, once it is there. Blocks: in async tests, ``await asyncio.to_thread(…)``."""
        until = time.monotonic() + seconds
        while len(self.requests) < number:
            assert time.monotonic() < until, f"only {len(self.requests)} requests came"
            time.sleep(0.005)
        return self.requests[number - 1]

    async def _serve(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accept, self.host, 0, limit=2**24, ssl=self._tls)
        self.port: int = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stopped.wait()
        # Nobody else is let in; whoever just was must find the server still there, or its socket is left open.
        self._loop.remove_reader(server.sockets[0].fileno())
        await asyncio.sleep(0.01)
        server.close()
        for writer in self._writers if self._tls else ():  # who keeps a line open for later answers no farewell
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:  # a conversation that was ended before its first step has closed nothing
            writer.transport.abort()
        await asyncio.sleep(0.01)  # a transport is gone a turn of the loop after it is closed

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        self._writers.add(writer)
        task = asyncio.create_task(self._converse(reader, writer, self._connections))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> None:
        try:
            while request := await _read_request(reader, connection):
                script = self._script_for(request)
                answering = asyncio.create_task(_play(script, writer))
                if not await _until_done_or_abandoned(answering, reader, writer, request) or script.length == "close":
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def _script_for(self, request: Recorded) -> Script:
        if request.path.partition("?")[0].endswith("/models"):
            self.listings.append(request)
            return self.models
        self.requests.append(request)
        return self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]


async def let_nobody_in(server: asyncio.Server) -> None:
    """Afterwards whoever came is known. Who is let in by a server that closes in the same moment never would be, and
    asyncio would leave that connection open."""
    loop = asyncio.get_running_loop()
    for listener in server.sockets:
        loop.remove_reader(listener.fileno())
    for _ in range(5):  # turns from a connection to those who serve it
        await asyncio.sleep(0)
    server.close()


JSON = "application/json"


def event(parsed: object) -> bytes:
    return b"data: " + json.dumps(parsed).encode() + b"\n\n"


def chunk(finish: str | None = None, /, **delta: object) -> bytes:
    """One piece of an answer, in the plainest shape there is."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "fake", "choices": [choice]})


def tokens_of(text: str, pause: float = 0) -> Iterator[Piece]:
    """A chunk for each word, with the space before it."""
    for number, word in enumerate(text.split(" ") if text else []):
        if pause:
            yield pause
        yield chunk(content=word if number == 0 else f" {word}")


def ending(prompt: int = 9, completion: int = 3) -> list[bytes]:
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return [chunk("stop"), event({"choices": [], "usage": usage}), b"data: [DONE]\n\n"]


def stream_of(text: str, pause: float = 0) -> list[Piece]:
    return [chunk(role="assistant", content=""), *tokens_of(text, pause), *ending()]


def error(status: int, message: str = "no", *, code: object = None, **headers: str) -> Script:
    """An error in OpenAI's envelope; ``retry_after="2"`` becomes the header Retry-After."""
    body = json.dumps({"error": {"message": message, "type": None, "code": code}}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Script([body], status=status, content_type=JSON, headers=named)


async def _read_request(reader: asyncio.StreamReader, connection: int) -> Recorded | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    request_line, *lines = head.strip().split("\r\n")
    method, path, _ = request_line.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Recorded(method, path, headers, body, time.monotonic(), connection)


async def _play(script: Script, writer: asyncio.StreamWriter) -> None:
    for moment in script.before_headers:
        await _pause(moment)
    writer.write(_head(script))
    for piece in script.pieces:
        if isinstance(piece, bytes):
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if script.length == "chunked" and piece else piece)
            await writer.drain()
            await asyncio.sleep(0)
        else:
            await _pause(piece)
    if script.end == "silence":
        await asyncio.Event().wait()
    if script.end == "reset":
        await asyncio.sleep(0.02)  # let what was sent arrive: a reset overtakes it
        writer.transport.abort()
        raise ConnectionResetError
    writer.write(b"0\r\n\r\n" if script.length == "chunked" else b"")
    await writer.drain()


def _head(script: Script) -> bytes:
    headers = {"Content-Type": script.content_type, **script.headers}
    headers |= {"Transfer-Encoding": "chunked"} if script.length == "chunked" else {"Connection": "close"}
    lines = [f"HTTP/1.1 {script.status} Scripted", *(f"{name}: {value}" for name, value in headers.items() if value)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _pause(moment: float | threading.Event) -> None:
    if isinstance(moment, threading.Event):
        while not moment.is_set():
            await asyncio.sleep(0.005)
    else:
        await asyncio.sleep(moment)


async def _until_done_or_abandoned(
    answering: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Recorded
) -> bool:
    """Looks at the connection without reading from it: the next request on it must stay whole."""
    try:
        while not answering.done():
            await asyncio.wait([answering], timeout=0.01)
            if not answering.done() and (reader.at_eof() or writer.transport.is_closing()):
                request.abandoned_at = time.monotonic()
                request.was_abandoned.set()
                return False
        answering.result()
        return True
    finally:
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)
