"""The one place where a picture is opened: what would take too much memory or time is refused before it is decoded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import BinaryIO

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from chat.pictures import jpeg, png

MOST_PIXELS = 50_000_000
MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
FORMATS = tuple(MEDIA_TYPES)
MANY = "MPO"  # a JPEG with others behind it, as telephones write them: for depth, or for brighter screens

# Only these can be small, and many times the work of what they show: the rest takes what its pixels and bytes take.
IS_LABORIOUS: Sequence[tuple[bytes, Callable[[bytes], bool]]] = (
    (jpeg.START, jpeg.is_laborious),
    (png.SIGNATURE, png.is_laborious),
)

Image.MAX_IMAGE_PIXELS = None  # ours is lower, and refuses where Pillow warns


class TooMuch(Exception):
    """It may be a picture, and is not decoded."""


class TooManyPixels(TooMuch):
    """It would take more memory than one picture may."""


class TooLaborious(TooMuch):
    """It would take more time than one picture may: minutes, in a few megabytes."""


def opened(file: BinaryIO, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """No pixel of it is decoded yet.

    :raises TooMuch:
    """
    _require_little_work(file)
    image = Image.open(file, formats=formats)
    if image.format == MANY:
        file.seek(0)
        image = JpegImageFile(file)
    if image.width * image.height > MOST_PIXELS:
        image.close()
        raise TooManyPixels
    return image


def _require_little_work(file: BinaryIO) -> None:
    """What does not begin as one of these is not read."""
    beginning = file.read(len(png.SIGNATURE))
    file.seek(0)
    for start, is_laborious in IS_LABORIOUS:
        if beginning.startswith(start) and is_laborious(file.read()):
            raise TooLaborious
    file.seek(0)
