"""``GET /files/…``: who may have a file, and what a browser is told of it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from chat.consumers.files import PIECE_BYTES
from chat.models import Attachment, Room, User
from chat.services.memberships import remove_member
from chat.services.messages import delete_message, post_message
from tests.pictures import picture, png
from tests.realtime.conftest import Asker, browser

KEPT = ("etag", "cache-control")  # a browser takes them over, for what it has
LONG = b"line\n" * (PIECE_BYTES // 2)


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


async def sent(author: User, room: Room, name: str, content: bytes) -> Attachment:
    upload = SimpleUploadedFile(name, content)
    posted = await sync_to_async(post_message)(room=room, author=author, text="", files=[upload])
    return posted.message.files[0]


async def get(ask: Asker, user: User | None, path: str, **headers: str):
    return await ask(user, path=path, method="GET", headers=headers)


async def test_a_member_gets_it_whole_to_keep(ana: User, ben: User, harbour: Room, ask: Asker):
    file = await sent(ana, harbour, "café “1”.html", LONG)

    answer = await get(ask, ben, f"/files/{file.pk}/whatever.html")

    assert (answer.status, await answer.body()) == (200, LONG)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-length"] == str(len(LONG))
    assert answer.headers["content-disposition"].startswith("attachment; filename*=utf-8''caf%C3%A9")


async def test_no_browser_runs_anything_of_it(ana: User, harbour: Room, ask: Asker):
    page = await sent(ana, harbour, "a.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    image = await sent(ana, harbour, "a.svg", png())

    for file, kind, disposition in ((page, "text/plain; charset=utf-8", "attachment"), (image, "image/png", "inline")):
        answer = await get(ask, ana, file.get_absolute_url())
        assert answer.headers["content-type"] == kind
        assert answer.headers["content-disposition"].startswith(disposition)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert answer.headers["cache-control"].startswith("private, ")


async def test_a_smaller_picture_of_a_large_one_and_none_of_a_small_one(ana: User, harbour: Room, ask: Asker):
    large = await sent(ana, harbour, "a", picture("JPEG", 2000, 1000))
    clear = await sent(ana, harbour, "b", png(2000, 1000, mode="RGBA"))
    small = await sent(ana, harbour, "c", png())

    kinds = [(await get(ask, ana, f"/files/{file.pk}/preview")).headers["content-type"] for file in (large, clear)]

    assert kinds == ["image/jpeg", "image/webp"]
    assert (await get(ask, ana, f"/files/{small.pk}/preview")).status == 404


async def test_a_file_may_be_called_like_an_address_of_ours(ana: User, harbour: Room, ask: Asker):
    file = await sent(ana, harbour, "preview", b"one")

    answer = await get(ask, ana, file.get_absolute_url())

    assert await answer.body() == b"one"
    assert answer.headers["content-disposition"] == 'attachment; filename="preview"'


@pytest.mark.parametrize("known", ["{etag}", '"other", W/{etag}', "*"])
async def test_whoever_has_it_is_not_sent_it_again(ana: User, harbour: Room, ask: Asker, known: str):
    file = await sent(ana, harbour, "a.png", png())
    first = await get(ask, ana, file.get_absolute_url())

    headers = await sync_to_async(browser)(ana)
    headers["If-None-Match"] = known.format(etag=first.headers["etag"])
    again = await ask(None, path=file.get_absolute_url(), method="GET", headers=headers)

    assert (again.status, await again.body()) == (304, b"")
    assert {name: again.headers[name] for name in KEPT} == {name: first.headers[name] for name in KEPT}


@pytest.mark.parametrize(
    ("asked", "place", "expected"),
    [
        ("bytes=2-4", "bytes 2-4/10", b"234"),
        ("bytes=4-4", "bytes 4-4/10", b"4"),
        ("bytes=7-", "bytes 7-9/10", b"789"),
        ("bytes=-3", "bytes 7-9/10", b"789"),
        ("bytes=5-99", "bytes 5-9/10", b"56789"),
        ("bytes=0-", "", b"0123456789"),
        ("bytes=-99", "", b"0123456789"),
        ("bytes=1-2,4-5", "", b"0123456789"),
        ("bytes=4-2", "", b"0123456789"),
        ("lines=1-2", "", b"0123456789"),
        ("bytes=-", "", b"0123456789"),
        (f"bytes={5_000 * '9'}-", "", b"0123456789"),
        ("bytes=10-", "bytes */10", b""),
        ("bytes=-0", "bytes */10", b""),
    ],
)
async def test_a_download_goes_on_where_it_broke_off(
    ana: User, harbour: Room, ask: Asker, asked: str, place: str, expected: bytes
):
    file = await sent(ana, harbour, "a.txt", b"0123456789")

    answer = await get(ask, ana, file.get_absolute_url(), Range=asked)

    assert (answer.headers.get("content-range", ""), await answer.body()) == (place, expected)
    assert answer.status == (200 if not place else 206 if expected else 416)
    if expected:
        assert answer.headers["content-length"] == str(len(expected))


async def test_a_download_of_something_else_begins_anew(ana: User, harbour: Room, ask: Asker):
    file = await sent(ana, harbour, "a.txt", b"0123456789")
    headers = {"Range": "bytes=7-", "If-Range": '"another"'}

    answer = await get(ask, ana, file.get_absolute_url(), **headers)

    assert (answer.status, await answer.body()) == (200, b"0123456789")


async def test_a_stranger_finds_nothing(ana: User, ben: User, eve: User, harbour: Room, ask: Asker):
    file = await sent(ana, harbour, "a.txt", b"secret")
    path = file.get_absolute_url()

    assert (await get(ask, eve, path)).status == 404
    await sync_to_async(remove_member)(room=harbour, by=ana, user=ben)
    assert (await get(ask, ben, path)).status == 404
    assert (await get(ask, ana, path)).status == 200


async def test_who_is_not_signed_in_is_asked_to(ana: User, harbour: Room, ask: Asker):
    file = await sent(ana, harbour, "a.txt", b"secret")

    answer = await get(ask, None, file.get_absolute_url())

    assert (answer.status, answer.headers["location"]) == (302, f"/accounts/login/?next=%2Ffiles%2F{file.pk}%2Fa.txt")


async def test_after_signing_in_they_come_back_to_the_very_file(ana: User, harbour: Room, ask: Asker):
    file = await sent(ana, harbour, "100% who? #1.txt", b"secret")

    answer = await get(ask, None, unquote(file.get_absolute_url()))  # as a server hands it on

    _, _, come_back_to = answer.headers["location"].partition("?next=")
    assert unquote(come_back_to) == file.get_absolute_url()


async def test_a_program_whose_token_is_not_known_hears_that(ana: User, harbour: Room, ask: Asker):
    file = await sent(ana, harbour, "a.txt", b"secret")

    answer = await get(ask, None, file.get_absolute_url(), Authorization="Bearer nobody's")

    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert (await answer.json())["detail"] == "This token is not known, or it was revoked."


async def test_who_asks_only_how_long_it_is_gets_nothing_of_it(ana: User, harbour: Room, ask: Asker):
    file = await sent(ana, harbour, "a.txt", b"0123456789")

    for headers in ({}, {"Range": "bytes=0-3"}):
        answer = await ask(ana, path=file.get_absolute_url(), method="HEAD", headers=headers)

        assert (answer.status, answer.headers["content-length"]) == (200, "10")
        assert await answer.body() == b""


async def test_a_deleted_one_is_gone_at_once(ana: User, harbour: Room, ask: Asker, media: Path):
    file = await sent(ana, harbour, "a.txt", b"secret")
    message = await sync_to_async(lambda: file.message)()

    await sync_to_async(delete_message)(message=message, by=ana)

    assert (await get(ask, ana, file.get_absolute_url())).status == 404
    assert not (media / str(file.file)).exists()


async def test_bytes_that_are_missing_are_not_a_mistake_of_the_reader(
    ana: User, harbour: Room, ask: Asker, media: Path
):
    file = await sent(ana, harbour, "a.txt", b"secret")
    (media / str(file.file)).unlink()

    assert (await get(ask, ana, file.get_absolute_url())).status == 404


async def test_bytes_that_go_between_being_found_and_opened_are_missing_too(
    ana: User, harbour: Room, ask: Asker, media: Path
):
    file = await sent(ana, harbour, "a", picture("JPEG", 2000, 1000))
    for place in (file.file, file.preview):
        (media / str(place)).unlink()
        (media / str(place)).mkdir()  # there for whoever looks, not for whoever opens

    for address in (file.get_absolute_url(), f"/files/{file.pk}/preview"):
        assert (await get(ask, ana, address)).status == 404


async def test_nginx_is_told_where_it_lies(ana: User, eve: User, harbour: Room, ask: Asker, settings: Settings):
    settings.FILES_BY_NGINX = "/sent-files/"
    file = await sent(ana, harbour, "a.txt", b"secret")

    answer = await get(ask, ana, file.get_absolute_url())

    assert (answer.status, await answer.body()) == (200, b"")
    assert answer.headers["x-accel-redirect"] == f"/sent-files/{file.file.name}"
    assert (await get(ask, eve, file.get_absolute_url())).status == 404
