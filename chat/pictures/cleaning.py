from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

from PIL import Image, ImageOps
from PIL.JpegImagePlugin import get_sampling

from chat.pictures import gif, jpeg, png, webp
from chat.pictures.malformed import Malformed
from chat.pictures.preview import preview_of

MOST_PIXELS = 50_000_000
UPRIGHT = 1
ORIENTATION = 0x0112
TURNED_QUALITY = 90
MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
FORMATS = tuple(MEDIA_TYPES)
WITHOUT_METADATA: Mapping[str, Callable[[bytes], bytes]] = {
    "JPEG": jpeg.without_metadata,
    "PNG": png.without_metadata,
    "WEBP": webp.without_metadata,
    "GIF": gif.without_metadata,
}

Image.MAX_IMAGE_PIXELS = None  # ours is lower, and refuses where Pillow warns

# 50 million pixels take up to 400 MB while they are looked at, as WebP 750: one picture at a time in each process.
one_at_a_time = threading.Lock()


class TooManyPixels(Exception):
    """It would take more memory than one picture may."""


@dataclass(frozen=True, slots=True)
class Picture:
    """As it is kept: upright, without metadata. ``preview`` is empty where the picture itself is small enough."""

    media_type: str
    width: int
    height: int
    content: bytes
    preview: bytes


def cleaned(file: BinaryIO) -> Picture | None:
    """The picture in this file; None if it holds none that a browser shows, whatever it calls itself.

    Every pixel is decoded once, so what is damaged is no picture.

    :raises TooManyPixels:
    """
    with one_at_a_time:
        try:
            return _cleaned(file)
        except TooManyPixels:
            raise
        except Exception:  # noqa: BLE001 - decoders trip over hostile bytes in many ways: then it is no picture
            return None


def _cleaned(file: BinaryIO) -> Picture:
    kind, (width, height), content = _kept(file)  # what was decoded for it is forgotten before the next decoding
    return Picture(MEDIA_TYPES[kind], width, height, content, preview_of(BytesIO(content), kind))


def _kept(file: BinaryIO) -> tuple[str, tuple[int, int], bytes]:
    with Image.open(file, formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise TooManyPixels
        assert opened.format is not None
        kind, size = opened.format, opened.size
        is_upright = opened.getexif().get(ORIENTATION, UPRIGHT) == UPRIGHT
        if not is_upright and not getattr(opened, "is_animated", False):
            content, size = _turned(opened)
        else:
            file.seek(0)
            content = _without_metadata(kind, file.read(), opened)
    return kind, size, content


def _without_metadata(kind: str, source: bytes, opened: Image.Image) -> bytes:
    try:
        return WITHOUT_METADATA[kind](source)
    except Malformed:  # and Pillow is more patient than we are: it writes it anew, as it should be
        opened.seek(0)
        return _written(opened, opened, kind)


def _turned(opened: Image.Image) -> tuple[bytes, tuple[int, int]]:
    turned = ImageOps.exif_transpose(opened)
    assert opened.format is not None
    return _written(turned, opened, opened.format), turned.size


def _written(picture: Image.Image, like: Image.Image, kind: str) -> bytes:
    """In the quality that it had."""
    how: dict[str, Any] = {"icc_profile": like.info.get("icc_profile")}
    if kind == "JPEG":
        how |= {"qtables": like.quantization, "subsampling": get_sampling(like)}  # type: ignore[attr-defined]
    elif kind == "WEBP":
        how["quality"] = TURNED_QUALITY
    target = BytesIO()
    picture.load()  # else what stands behind its pixels is read, and written, after this
    picture.info = {name: value for name, value in like.info.items() if name == "transparency"}
    picture.save(target, kind, exif=b"", **how)
    return target.getvalue()
