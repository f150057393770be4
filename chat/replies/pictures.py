"""Pictures as models take them: not too large, and in a format that each back end can open.

It decodes, which is slow, and takes 200 MB for 50 million pixels: so a thread of its own does it, one at a time. Only
JPEG and PNG go out. Hosted models take WebP too, but local servers (llama.cpp, and what is built on it) do not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import TypeVar

from PIL import Image, ImageOps

from chat.pictures import MOST_PIXELS, TooLaborious, TooManyPixels, opened, smaller
from chat.providers import Picture
from chat.replies.tokens import picture_tokens

# In pixels. Larger ones are made smaller by the models themselves, once they are there.
LONG_SIDES = (1568, 1120, 784, 560)
LONG_SIDE = LONG_SIDES[0]
MOST_PIXELS_AT_ONCE = 150_000_000  # of one request: to unpack them takes some seconds
MOST_BYTES = 1_500_000  # 2 MB in base64: eight of them stay below what the strictest large provider takes in all
CANNOT_BE_OPENED = "A picture cannot be opened."
_SENT = {"JPEG": "image/jpeg", "PNG": "image/png"}
_QUALITY = 85
_LEAST_SIDE = 16
_thread = ThreadPoolExecutor(1, "pictures")
T = TypeVar("T")


class NotAPicture(Exception):
    """Nothing that can be shown to a model; says why in a sentence."""


def fitted(content: bytes, long_side: int = LONG_SIDE) -> Picture:
    """A picture of at most so many pixels and ``MOST_BYTES`` bytes, upright. One that already is stays as it is.

    Of one that moves, the first frame; what is transparent stays so.

    :raises NotAPicture:
    """
    with _opened(content) as image:
        if _fits(image, content, long_side):
            image.load()  # one that is broken in the middle would be refused by the model, with all else
            return Picture(_SENT[str(image.format)], content, image.width, image.height)
        return _smaller(image, long_side)


async def apart(work: Callable[[], T]) -> T:
    """On that thread. Nobody's database waits behind a picture."""
    return await asyncio.get_running_loop().run_in_executor(_thread, work)


def measured(pictures: Sequence[Picture]) -> list[Picture]:
    """With their pixels, by a look at how they begin.

    :raises NotAPicture: one of them is none, or all together are too much to look at.
    """
    sized = [replace(one, width=width, height=height) for one in pictures for width, height in [_size(one.content)]]
    if sum(one.width * one.height for one in sized) > MOST_PIXELS_AT_ONCE:
        raise NotAPicture(f"The pictures have more than {MOST_PIXELS_AT_ONCE:,} pixels together.")
    return sized


def side_for(width: int, height: int, tokens: int) -> int | None:
    """The longest side with which a picture costs no more than so many tokens; None if it does with none."""
    return next((side for side in LONG_SIDES if tokens_at(width, height, side) <= tokens), None)


def tokens_at(width: int, height: int, long_side: int = LONG_SIDE) -> int:
    factor = min(1.0, long_side / max(width, height, 1))
    return picture_tokens(round(width * factor), round(height * factor))


def _size(content: bytes) -> tuple[int, int]:
    with _opened(content) as image:
        return image.size


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    """:raises NotAPicture: whatever goes wrong while it is looked at."""
    try:
        with opened(BytesIO(content)) as image:
            yield image
    except TooManyPixels:
        raise NotAPicture(f"A picture has more than {MOST_PIXELS:,} pixels.") from None
    except TooLaborious:
        raise NotAPicture("A picture takes too long to open: save it anew.") from None
    except Exception as error:  # decoders trip over hostile bytes in many ways
        raise NotAPicture(CANNOT_BE_OPENED) from error


def _fits(image: Image.Image, content: bytes, long_side: int) -> bool:
    is_still = getattr(image, "n_frames", 1) == 1
    return image.format in _SENT and is_still and max(image.size) <= long_side and len(content) <= MOST_BYTES


def _smaller(image: Image.Image, long_side: int) -> Picture:
    is_photo = image.format in ("JPEG", "WEBP")
    image.draft("RGB", (long_side, long_side))  # a JPEG is not even decoded in full
    upright = ImageOps.exif_transpose(image)
    pixels = smaller(upright, long_side)
    if pixels.mode == "L":
        pixels = pixels.convert("RGB")
    if pixels.mode == "RGBA":
        return _within_limit(pixels, "PNG")
    drawn = None if is_photo else _encoded(pixels, "PNG")
    return drawn if drawn and len(drawn.content) <= MOST_BYTES else _within_limit(pixels, "JPEG")


def _within_limit(pixels: Image.Image, form: str) -> Picture:
    """Smaller, until the bytes are few enough too."""
    picture = _encoded(pixels, form)
    while len(picture.content) > MOST_BYTES and min(pixels.size) > _LEAST_SIDE:
        factor = 0.95 * (MOST_BYTES / len(picture.content)) ** 0.5  # they grow with the pixels
        pixels = pixels.resize((int(pixels.width * factor), int(pixels.height * factor)))
        picture = _encoded(pixels, form)
    return picture


def _encoded(pixels: Image.Image, form: str) -> Picture:
    written = BytesIO()
    pixels.save(written, form, **({"quality": _QUALITY} if form == "JPEG" else {}))
    return Picture(_SENT[form], written.getvalue(), pixels.width, pixels.height)
