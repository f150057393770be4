"""What is kept of a picture: every pixel, and nothing of what a camera wrote beside them."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageFile
from PIL.PngImagePlugin import PngInfo

from chat.pictures import LONG_SIDE, Picture, TooLaborious, TooManyPixels, cleaned, preview_of, smaller
from tests.pictures import of_many_scans, picture, pixels, png, written
from tests.servers.programs import ROOT

SECRET = b"SECRET-CAMERA"
ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


LOOKING = """
import sys
from chat.pictures import cleaned
found = cleaned(open(sys.argv[1], "rb"))
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(found.width, int(peak.split()[1]) // 1024)
"""


def exif(orientation: int = 1) -> Image.Exif:
    told = Image.Exif()
    told[MAKE], told[ORIENTATION] = SECRET.decode(), orientation
    told.get_ifd(GPS)[1] = "N"
    return told


def cleaned_bytes(content: bytes) -> Picture:
    found = cleaned(BytesIO(content))
    assert found is not None
    return found


def png_text() -> PngInfo:
    told = PngInfo()
    told.add_text("Author", SECRET.decode())
    return told


WITH_METADATA = {
    "jpeg": picture("JPEG", 60, 40, exif=exif(), comment=SECRET),
    "progressive jpeg": picture("JPEG", 60, 40, exif=exif(), progressive=True),
    "jpeg with a film behind it": picture("JPEG", 60, 40) + SECRET * 100,
    "png": png(60, 40, exif=exif(), pnginfo=png_text()),
    "webp": picture("WEBP", 60, 40, exif=exif(), xmp=SECRET),
    "lossless webp": picture("WEBP", 60, 40, exif=exif(), lossless=True),
    "gif": picture("GIF", 60, 40, comment=SECRET),
}


@pytest.mark.parametrize("content", WITH_METADATA.values(), ids=WITH_METADATA)
def test_metadata_go_and_pixels_stay(content: bytes):
    kept = cleaned_bytes(content)

    assert SECRET in content
    assert SECRET not in kept.content
    assert b"Exif" not in kept.content
    assert pixels(kept.content) == pixels(content)
    with Image.open(BytesIO(kept.content)) as image:
        assert not image.getexif()
        assert (kept.width, kept.height) == image.size == (60, 40)


@pytest.mark.parametrize(("orientation", "size"), [(1, (60, 40)), (6, (40, 60))])
def test_of_several_pictures_in_one_jpeg_the_first_is_kept_alone(orientation: int, size: tuple[int, int]):
    """As telephones write them, with where it was."""
    target = BytesIO()
    first, behind = (Image.effect_noise((60, 40), 50).convert("RGB") for _ in range(2))
    first.save(target, "MPO", save_all=True, append_images=[behind], exif=exif(orientation))

    picture = cleaned_bytes(target.getvalue())

    assert (picture.media_type, picture.width, picture.height) == ("image/jpeg", *size)
    assert len(picture.content) < 0.7 * len(target.getvalue())
    with Image.open(BytesIO(picture.content)) as kept:
        assert (kept.format, len(kept.getexif())) == ("JPEG", 0)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_lies_on_its_side_is_put_upright(kind: str):
    kept = cleaned_bytes(picture(kind, 60, 40, exif=exif(orientation=6)))

    assert (kept.width, kept.height) == (40, 60)
    with Image.open(BytesIO(kept.content)) as image:
        assert image.size == (40, 60)
        assert not image.getexif()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_what_moves_goes_on_moving(kind: str):
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "green", "blue")]
    content = written(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, loop=0)

    with Image.open(BytesIO(cleaned_bytes(content).content)) as image:
        assert (image.n_frames, image.info["loop"]) == (3, 0)  # type: ignore[attr-defined]


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "RGBA", "LA", "I;16"])
def test_a_large_one_has_a_smaller_one_whatever_its_colours(mode: str):
    kept = cleaned_bytes(written(Image.new(mode, (2000, 500)), "PNG"))

    with Image.open(BytesIO(kept.preview)) as small:
        assert max(small.size) == LONG_SIDE
        assert small.format == ("WEBP" if "A" in mode else "JPEG")
    assert cleaned_bytes(written(Image.new(mode, (200, 50)), "PNG")).preview == b""


def test_sixteen_bits_of_grey_stay_as_grey_also_where_one_of_them_is_transparent():
    kept = cleaned_bytes(written(Image.new("I;16", (2000, 500), 40_000), "PNG", transparency=1))

    with Image.open(BytesIO(kept.preview)) as small:
        assert small.convert("L").getpixel((10, 10)) == pytest.approx(40_000 / 256, abs=2)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff\xe0",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html><script>alert(1)</script>",
        png(60, 40)[:200],
        picture("JPEG", 60, 40)[:400],
        picture("WEBP", 60, 40)[:400],
        picture("TIFF"),
        picture("BMP"),
        picture("ICO"),
    ],
)
def test_what_is_damaged_or_something_else_is_no_picture(content: bytes):
    assert cleaned(BytesIO(content)) is None


def png_of(width: int, height: int, colours: int, packed: bytes, *more: tuple[bytes, bytes]) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, colours, 0, 0, 0)
    parts = [(b"IHDR", head), *more, (b"IDAT", packed), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


def test_a_bomb_is_refused_before_it_goes_off():
    """A few hundred bytes that say they are 400 million pixels."""
    with pytest.raises(TooManyPixels):
        cleaned(BytesIO(png_of(20_000, 20_000, 2, zlib.compress(bytes(1000)))))


def after_start(jpeg: bytes, segment: bytes) -> bytes:
    return jpeg[:2] + segment + jpeg[2:]


SMALL_AND_MINUTES = {
    "scans": of_many_scans(),
    "scans behind a marker that decoders skip, and nobody else": of_many_scans(before=b"\xff\x02\xff\xff"),
    "Exif in pieces": after_start(picture("JPEG"), b"\xff\xe1\x00\x09Exif\x00\x00." * 200),
    "segments that are empty": after_start(picture("JPEG"), b"\xff\xfe\x00\x02" * 120_000),
    "marks without a segment": after_start(picture("JPEG"), b"\xff\xd0" * 120_000),
    "an end before the beginning": after_start(picture("JPEG"), b"\xff\xd9" * 120_000),
    "nothing but padding": after_start(picture("JPEG"), b"\xff" * 120_000),
    "what is no segment": after_start(picture("JPEG"), b"\xff\xd0" + bytes(120_000)),
    "empty segments behind a scan": picture("JPEG")[:-2] + b"\xff\xfe\x00\x02" * 120_000 + b"\xff\xd9",
    "packed texts": png_of(1, 1, 0, zlib.compress(bytes(2)), *[(b"zTXt", b"\0\0" + zlib.compress(bytes(1000)))] * 200),
}


@pytest.mark.parametrize("content", SMALL_AND_MINUTES.values(), ids=SMALL_AND_MINUTES)
def test_what_is_small_and_takes_minutes_is_refused_before_it_is_decoded(
    content: bytes, monkeypatch: pytest.MonkeyPatch
):
    """In ten megabytes it would hold every upload of its process for half an hour."""
    decoded: list[ImageFile.ImageFile] = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded.append)

    with pytest.raises(TooLaborious):
        cleaned(BytesIO(content))
    with pytest.raises(TooLaborious):
        preview_of(BytesIO(content), "PNG" if content.startswith(b"\x89PNG") else "JPEG")
    assert decoded == []


def test_a_picture_may_be_padded_and_have_many_segments():
    padded = after_start(picture("JPEG", 60, 40), b"\xff\xfe\x00\x02" * 1_000 + b"\xff" * 60_000)

    assert cleaned_bytes(padded).width == 60


def test_what_only_looks_like_scans_behind_a_picture_is_none_of_it():
    """The films that phones append have such bytes by chance."""
    assert cleaned_bytes(picture("JPEG", 60, 40) + b"\xff\xda" * 1000).width == 60


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="nothing says what a process took")
def test_a_huge_picture_takes_little_more_memory_than_its_pixels(tmp_path: Path):
    """48 million that show through are 192 MB; they come in a file of less than one, from anybody."""
    side, packing = 6_930, zlib.compressobj(1)
    rows = [packing.compress(bytes(1 + 4 * side)) for _ in range(side)]
    (tmp_path / "huge.png").write_bytes(png_of(side, side, 6, b"".join([*rows, packing.flush()])))

    command = [sys.executable, "-c", LOOKING, str(tmp_path / "huge.png")]
    looked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    width, peak_mb = map(int, looked.stdout.split())
    assert width == side
    assert peak_mb < 400


@pytest.mark.parametrize("size", [(5_000, 3_001), (60_000, 100)])
def test_what_is_made_smaller_piece_by_piece_has_no_seams_and_no_edge(size: tuple[int, int]):
    small = smaller(Image.new("L", size, 255), LONG_SIDE)

    assert small.width == LONG_SIDE
    assert small.getextrema() == (255, 255)
