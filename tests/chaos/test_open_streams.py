"""A thousand programs wait for their replies at once; one of them does not read."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.chaos.conftest import Peopled
from tests.chaos.test_dead_reader import resident_bytes
from tests.fake_llm import FakeLLM, Script, stream_of, tokens_of

PROGRAMS = 1000
AT_A_TIME = 50
DATABASE_THREADS = 16
LAZY = 12
MESSAGES = 1000
TEXT = "many words " * 1400
FILE_BYTES = MESSAGES * len(TEXT)

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def test_a_thousand_wait_without_a_thread_for_each(peopled_site: Peopled, model: FakeLLM) -> None:
    site, tokens = peopled_site
    site.environment["RATE_LIMITS"] = "0"
    model.answer(Script(list(tokens_of("one two")), end="silence"))
    site.start()
    first = await open_stream(site.port, tokens["ana"])
    assert b"event: message" in await first[0].readuntil(b'"sequence":1}\n\n')
    before = threads(site.pid)
    gate = asyncio.Semaphore(AT_A_TIME)

    async def open_one() -> Line:
        async with gate:
            return await open_stream(site.port, tokens["ben"])

    lines = await asyncio.gather(*(open_one() for _ in range(PROGRAMS)))

    assert len(lines) == PROGRAMS
    assert threads(site.pid) <= before + DATABASE_THREADS
    for _, writer in [first, *lines]:
        writer.close()


async def test_who_does_not_read_holds_up_nobody_and_misses_nothing(peopled_site: Peopled, model: FakeLLM) -> None:
    site, tokens = peopled_site
    text = " ".join(["word" * 20] * 2500)  # 200 KB
    model.answer(Script(stream_of(text)))
    site.start()

    lazy = await open_stream(site.port, tokens["ana"], limit=1024)
    other = await open_stream(site.port, tokens["ben"])
    assert words_in(await asyncio.wait_for(other[0].read(), 60)) == text

    assert words_in(await asyncio.wait_for(lazy[0].read(), 60)) == text
    for _, writer in (lazy, other):
        writer.close()


async def open_stream(port: int, token: str, *, limit: int = 2**16) -> Line:
    """Asked, and its answer begun."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=limit)
    body = json.dumps({"message": "hello", "room": "general", "assistant": "helper"}).encode()
    head = [
        "POST /api/chat/stream HTTP/1.0",  # so that the body is not in chunks
        f"Host: 127.0.0.1:{port}",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    writer.write(("\r\n".join(head) + "\r\n\r\n").encode() + body)
    async with asyncio.timeout(60):
        assert b" 200 " in await reader.readline()
        await reader.readuntil(b": keep-alive\n\n")
    return reader, writer


def words_in(stream: bytes) -> str:
    contents = [line.removeprefix(b"data: ") for line in stream.splitlines() if line.startswith(b'data: {"content"')]
    return "".join(json.loads(content)["content"] for content in contents)


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


async def test_a_file_is_not_kept_in_memory_for_who_does_not_take_it(peopled_site: Peopled) -> None:
    site, tokens = peopled_site
    site.environment["RATE_LIMITS"] = "0"  # one person may have two
    fill(site.directory / "db.sqlite3")
    site.start()
    quick = await get_export(site.port, tokens["ana"])
    whole = await asyncio.wait_for(quick[0].read(), 60)
    before = resident_bytes(site.pid)

    lazy = [await get_export(site.port, tokens["ana"], limit=1024) for _ in range(LAZY)]
    again = await get_export(site.port, tokens["ana"])
    assert await asyncio.wait_for(again[0].read(), 60) == whole  # meanwhile the others had as much time
    kept = resident_bytes(site.pid) - before

    assert len(whole) > FILE_BYTES
    assert kept < LAZY * FILE_BYTES / 3
    assert await asyncio.wait_for(lazy[0][0].read(), 60) == whole
    for _, writer in (quick, again, *lazy):
        writer.transport.abort()


def fill(database: Path) -> None:
    """A room of 15 MB."""
    row = (
        "INSERT INTO chat_message (room_id, author_id, sequence, revision, created_revision, text, html,"
        " markup_version, status, created_at)"
        " SELECT room.id, user.id, ?, ?, ?, ?, '', 0, 'complete', '2026-11-20 10:00:00'"
        " FROM chat_room AS room, chat_user AS user WHERE room.slug = 'general' AND user.username = 'ana'"
    )
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(row, [(number, number, number, TEXT) for number in range(1, MESSAGES + 1)])
        connection.execute(f"UPDATE chat_room SET last_sequence = {MESSAGES}, revision = 9999 WHERE slug = 'general'")


async def get_export(port: int, token: str, *, limit: int = 2**16) -> Line:
    """Begun, and no more of it taken than its head."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=limit)
    head = ["GET /api/rooms/general/export?format=json HTTP/1.0", f"Authorization: Bearer {token}"]
    writer.write(("\r\n".join(head) + "\r\n\r\n").encode())
    assert b" 200 " in await reader.readline()
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer
