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
from chat.pictures.opening import MEDIA_TYPES, TooMuch, opened
from chat.pictures.preview import preview_of

UPRIGHT = 1
ORIENTATION = 0x0112
TURNED_QUALITY = 90
WITHOUT_METADATA: Mapping[str, Callable[[bytes], bytes]] = {
    "JPEG": jpeg.without_metadata,
    "PNG": png.without_metadata,
    "WEBP": webp.without_metadata,
    "GIF": gif.without_metadata,
}

# 50 million pixels take up to 400 MB while they are looked at, as WebP 750: one picture at a time in each process.
one_at_a_time = threading.Lock()


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

    :raises TooMuch: it is not looked at.
    """
    with one_at_a_time:
        try:
            return _cleaned(file)
        except TooMuch:
            raise
        except Exception:  # noqa: BLE001 - decoders trip over hostile bytes in many ways: then it is no picture
            return None


def _cleaned(file: BinaryIO) -> Picture:
    kind, (width, height), content = _kept(file)  # what was decoded for it is forgotten before the next decoding
    return Picture(MEDIA_TYPES[kind], width, height, content, preview_of(BytesIO(content), kind))


def _kept(file: BinaryIO) -> tuple[str, tuple[int, int], bytes]:
    with opened(file) as image:
        assert image.format is not None
        kind, size = image.format, image.size
        is_upright = image.getexif().get(ORIENTATION, UPRIGHT) == UPRIGHT
        if not is_upright and not getattr(image, "is_animated", False):
            content, size = _turned(image)
        else:
            file.seek(0)
            content = _without_metadata(kind, file.read(), image)
    return kind, size, content


def _without_metadata(kind: str, source: bytes, image: Image.Image) -> bytes:
    try:
        return WITHOUT_METADATA[kind](source)
    except Malformed:  # and Pillow is more patient than we are: it writes it anew, as it should be
        image.seek(0)
        return _written(image, image, kind)


def _turned(image: Image.Image) -> tuple[bytes, tuple[int, int]]:
    turned = ImageOps.exif_transpose(image)
    assert image.format is not None
    return _written(turned, image, image.format), turned.size


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
