"""Whatever picture there is, a model gets one that it can open."""

from __future__ import annotations

import asyncio
import struct
import threading
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from chat.providers import Picture
from chat.replies.pictures import LONG_SIDE, MOST_BYTES, NotAPicture, apart, fitted, measured, side_for, tokens_at
from chat.replies.tokens import picture_tokens
from tests.drawing import drawn, noise, opened
from tests.pictures import of_many_scans, written


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_picture_that_fits_stays_as_it_is(form: str) -> None:
    content = drawn(form)

    assert fitted(content) == Picture(f"image/{form.lower()}", content, 40, 30)


@pytest.mark.parametrize(
    ("form", "mode", "sent"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("PNG", "RGB", "image/png"),
        ("WEBP", "RGB", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("PNG", "I;16", "image/png"),
        ("PNG", "L", "image/png"),
        ("GIF", "P", "image/png"),
    ],
)
def test_a_large_one_is_made_smaller_in_a_format_that_every_server_opens(form: str, mode: str, sent: str) -> None:
    picture = fitted(drawn(form, 2000, 1000, mode))

    image = opened(picture.content)
    assert (picture.mime_type, image.size) == (sent, (LONG_SIDE, LONG_SIDE // 2))
    assert (picture.width, picture.height) == image.size
    assert image.get_format_mimetype() == sent  # type: ignore[attr-defined]


def test_sixteen_bits_of_grey_are_divided_and_not_cut_off() -> None:
    content = written(Image.new("I;16", (2000, 10), 0x8000), "PNG")

    assert opened(fitted(content).content).getpixel((0, 0)) == (128, 128, 128)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_is_transparent_stays_so(form: str) -> None:
    image = Image.new("RGBA", (2000, 20), (255, 0, 0, 0))

    picture = fitted(written(image, form, lossless=True))

    assert picture.mime_type == "image/png"
    assert opened(picture.content).getpixel((5, 5))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_of_one_that_moves_the_first_frame_goes_along(form: str) -> None:
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "blue")]

    picture = fitted(written(frames[0], form, save_all=True, append_images=frames[1:]))

    image = opened(picture.content)
    assert getattr(image, "n_frames", 1) == 1
    red, _, blue = image.convert("RGB").getpixel((15, 15))  # type: ignore[misc]
    assert (red > 200, blue < 60) == (True, True)


def test_a_photo_that_lies_on_its_side_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    picture = fitted(drawn("JPEG", 2000, 1000, exif=exif.tobytes()))

    assert (picture.width, picture.height) == (LONG_SIDE // 2, LONG_SIDE)
    assert b"Exif" not in picture.content


@pytest.mark.parametrize(("form", "mode", "sent"), [("PNG", "RGB", "image/jpeg"), ("PNG", "RGBA", "image/png")])
def test_one_of_too_many_bytes_is_sent_with_fewer(form: str, mode: str, sent: str) -> None:
    content = noise(form, 1300, 1300, mode)
    assert len(content) > MOST_BYTES

    picture = fitted(content)

    assert (picture.mime_type, len(picture.content) <= MOST_BYTES) == (sent, True)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        drawn("PNG")[:-40],
        noise("JPEG", 100, 100)[:900],
        drawn("TIFF"),
        drawn("BMP"),
    ],
)
def test_what_cannot_be_opened_is_no_picture(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        fitted(content)


@given(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]), st.data())
def test_whatever_is_done_to_a_picture_it_is_one_or_none(form: str, data: st.DataObject) -> None:
    content = bytearray(drawn(form))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    try:
        picture = fitted(bytes(content), 20)
    except NotAPicture:
        return
    assert max(picture.width, picture.height) <= 20


@pytest.mark.parametrize("side", [8_000, 12_000, 60_000])
def test_a_picture_that_unpacks_into_gigabytes_is_not_unpacked(side: int) -> None:
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(1000)))

    with pytest.raises(NotAPicture):
        fitted(bomb + _chunk(b"IEND", b""))


def test_one_of_few_bytes_that_takes_minutes_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[ImageFile.ImageFile] = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded.append)

    with pytest.raises(NotAPicture, match="too long"):
        fitted(of_many_scans())
    with pytest.raises(NotAPicture, match="too long"):
        measured([Picture("image/jpeg", of_many_scans())])
    assert decoded == []


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def test_what_a_picture_costs_is_known_before_it_is_opened() -> None:
    picture = fitted(drawn("JPEG", 2000, 1500))

    assert tokens_at(2000, 1500) == picture_tokens(picture.width, picture.height) == 56 * 42
    assert picture_tokens(10, 10) == 85


@pytest.mark.parametrize(
    ("tokens", "side"), [(10_000, 1568), (2352, 1568), (2351, 1120), (600, 784), (300, 560), (299, None)]
)
def test_where_there_is_little_room_it_goes_along_smaller(tokens: int, side: int | None) -> None:
    assert side_for(2000, 1500, tokens) == side
    if side is not None:
        smaller = fitted(drawn("JPEG", 2000, 1500), side)
        assert max(smaller.width, smaller.height) == side
        assert tokens_at(smaller.width, smaller.height) <= tokens


def test_all_that_come_at_once_may_only_have_so_many_pixels() -> None:
    wide = Picture("image/png", written(Image.new("1", (10_000, 4_000)), "PNG"))

    with pytest.raises(NotAPicture, match="together"):
        measured([wide] * 4)


async def test_they_are_made_on_a_thread_of_their_own_one_at_a_time() -> None:
    told: list[str] = []

    def work() -> str:
        told.append("begins")
        time.sleep(0.02)
        told.append("ends")
        return threading.current_thread().name

    names = await asyncio.gather(*(apart(work) for _ in range(3)))

    assert told == ["begins", "ends"] * 3
    assert {name.partition("_")[0] for name in names} == {"pictures"}
