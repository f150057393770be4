"""Files of messages where something breaks: little memory, a full disk is told, and a kill leaves no half message."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.chaos.conftest import Peopled
from tests.site import Site

FORM = "multipart/form-data; boundary=end"
MB = 1_000_000
THREADS = 16  # of the server, for files and for the database
ROOM = "/api/rooms/general/messages"


def client(site: Site, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=site.url, headers=headers, trust_env=False, timeout=60)


def files(count: int, size: int) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (f"{number}.bin", os.urandom(size))) for number in range(count)]


def most_memory(site: Site) -> int:
    """In bytes, ever."""
    status = Path(f"/proc/{site.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024


def kept(site: Site) -> list[Path]:
    return [path for path in (site.directory / "media").rglob("*") if path.is_file()]


def test_a_hundred_megabytes_pass_through_little_memory(peopled_site: Peopled) -> None:
    site, tokens = peopled_site
    site.environment["FILE_LIMIT_MB"] = "20"
    site.start()
    with client(site, tokens["ana"]) as ana:
        ana.post(ROOM, files=files(1, MB)).raise_for_status()
        before = most_memory(site)

        sent = ana.post(ROOM, files=files(5, 19 * MB)).raise_for_status().json()["attachments"]
        assert sum(file["size"] for file in sent) == 95 * MB
        for file in sent:
            assert len(ana.get(file["url"]).content) == 19 * MB

        assert most_memory(site) - before < 40 * MB


def test_what_is_too_much_is_refused_and_not_kept(peopled_site: Peopled) -> None:
    site, tokens = peopled_site
    site.environment |= {"FILE_LIMIT_MB": "1", "FILES_PER_MESSAGE": "2"}
    site.start()
    with client(site, tokens["ana"]) as ana:
        too_much = ana.post(ROOM, files=files(4, MB))

        assert (too_much.status_code, too_much.json()["code"]) == (413, "too_large")
        assert too_much.json()["detail"] == "At most 3 MB may be sent at once."
        from_a_page = ana.post("/rooms/general/messages/", files=files(4, MB))
        assert (from_a_page.status_code, from_a_page.headers["x-error-code"]) == (413, "too_large")
        assert from_a_page.text == "At most 3 MB may be sent at once."
        assert ana.post(ROOM, files=files(2, MB)).status_code == 201
    assert len(kept(site)) == 2


def test_what_the_server_itself_refuses_is_answered_like_all_else(peopled_site: Peopled) -> None:
    site, tokens = peopled_site
    site.environment |= {"FILE_LIMIT_MB": "1", "FILES_PER_MESSAGE": "2", "CORS_ORIGINS": "https://app.example.org"}
    site.start()
    with client(site, tokens["ana"]) as ana:
        refused = ana.post(ROOM, files=files(4, MB), headers={"Origin": "https://app.example.org"})

    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (413, "https://app.example.org")
    assert len(refused.headers["x-request-id"]) == 32


@pytest.mark.parametrize(("files_allowed", "of_a_page"), [("0", 3), ("1", 101)])
def test_a_program_may_ask_as_much_whatever_files_may_be_sent(
    peopled_site: Peopled, files_allowed: str, of_a_page: int
) -> None:
    site, tokens = peopled_site
    site.environment["FILES_ALLOWED"] = files_allowed
    site.start()
    with client(site, tokens["ana"]) as ana:
        assert ana.post("/v1/chat/completions", json=question(19 * MB)).status_code == 200

        for too_long in (21 * MB, 102 * MB):
            refused = ana.post("/v1/chat/completions", json=question(too_long))
            error = refused.json()["error"]
            assert (refused.status_code, error["code"], error["type"]) == (413, "too_large", "invalid_request_error")
            assert error["message"] == "At most 20 MB may be sent at once."
        from_a_page = ana.post("/rooms/general/messages/", content=b"x" * (of_a_page + 1) * MB)
        assert from_a_page.text == f"At most {of_a_page} MB may be sent at once."


def question(length: int) -> dict[str, object]:
    said = [{"role": "user", "content": "count"}]
    return {"model": "helper", "messages": said, "metadata": "x" * length}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(place)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"NOT TESTED: a full disk for files. No tmpfs can be mounted: {done.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.parametrize("variable", ["MEDIA_ROOT", "TMPDIR"])
def test_a_full_disk_is_told_and_nothing_is_half_sent(
    peopled_site: Peopled, small_disk: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Where files are kept, or where they lie while they come."""
    site, tokens = peopled_site
    site.environment[variable] = str(small_disk)
    site.start()
    with client(site, tokens["ana"]) as ana:
        refused = ana.post(ROOM, files=files(3, 3 * MB), data={"text": "look"})

        assert refused.status_code == 507
        assert "no room left" in refused.text
        assert ana.get(ROOM).json()["messages"] == []
        assert [path for path in small_disk.rglob("*") if path.is_file()] == []
        assert ana.post(ROOM, files=files(1, MB)).status_code == 201


@pytest.mark.parametrize("length", [9 * MB, 6 * 1024 * 1024 + 3000], ids=["by far", "by what comes last"])
def test_a_disk_that_fills_between_two_blocks_is_told(
    peopled_site: Peopled, small_disk: Path, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    """What comes in odd pieces waits to be written until a block is full, or the file is closed."""
    site, tokens = peopled_site
    site.environment["TMPDIR"] = str(small_disk)
    site.start()
    line = HTTPConnection("127.0.0.1", site.port, timeout=60)
    line.putrequest("POST", ROOM)
    for name, value in ("Authorization", f"Bearer {tokens['ana']}"), ("Content-Type", FORM), ("Content-Length", length):
        line.putheader(name, value)
    line.endheaders()
    for start in range(0, length, 1000):
        line.send(b"x" * min(1000, length - start))

    answer = line.getresponse()

    assert (answer.status, b"no room left" in answer.read()) == (507, True)
    line.close()
    with client(site, tokens["ana"]) as ana:
        for size in (3_100_000, 4 * MB):  # it lies there as it came, as Django read it, and by itself
            assert ana.post(ROOM, files=files(1, size)).status_code == 507
        assert ana.post(ROOM, files=files(1, MB)).status_code == 201


def test_a_kill_in_the_middle_of_an_upload_sends_nothing_and_a_second_try_all(peopled_site: Peopled) -> None:
    site, tokens = peopled_site
    site.start()
    form = {"text": "look", "client_id": str(uuid4())}
    sent = files(2, 2 * MB)
    with client(site, tokens["ana"]) as ana:
        request = ana.build_request("POST", ROOM, files=sent, data=form)
    body = request.read()
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    with socket.create_connection(("127.0.0.1", site.port)) as line:
        line.sendall(f"POST {ROOM} HTTP/1.1\r\n{head}\r\n".encode() + body[: len(body) // 2])
        time.sleep(0.2)
        site.kill()

    site.start()
    with client(site, tokens["ana"]) as ana:
        assert ana.get(ROOM).json()["messages"] == []
        first, again = ana.post(ROOM, files=sent, data=form), ana.post(ROOM, files=sent, data=form)
        assert (first.status_code, again.status_code) == (201, 200)
        assert [ana.get(file["url"]).content for file in again.json()["attachments"]] == [one[1][1] for one in sent]
    assert len(kept(site)) == 2


def test_readers_who_do_not_read_hold_up_nobody(peopled_site: Peopled) -> None:
    """Twice as many as there are threads, of a file that no buffer of a kernel holds."""
    site, tokens = peopled_site
    site.environment["FILE_LIMIT_MB"] = "20"
    site.start()
    with client(site, tokens["ana"]) as ana, ExitStack() as lines:
        (file,) = ana.post(ROOM, files=files(1, 20 * MB)).raise_for_status().json()["attachments"]
        before = most_memory(site)
        head = f"GET {file['url']} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {tokens['ana']}\r\n\r\n"
        stalled = []
        for _ in range(2 * THREADS):
            line = lines.enter_context(socket.socket())
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
            line.settimeout(30)
            line.connect(("127.0.0.1", site.port))
            line.sendall(head.encode())
            stalled.append(line)
        assert all(line.recv(15) == b"HTTP/1.1 200 OK" for line in stalled)

        assert ana.post(ROOM, json={"text": "still here"}).status_code == 201
        assert len(ana.get(file["url"]).content) == 20 * MB
        assert most_memory(site) - before < len(stalled) * 20 * MB / 5  # of each a little, and never the whole
