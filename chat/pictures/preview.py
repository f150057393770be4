from __future__ import annotations

from io import BytesIO
from typing import Any, BinaryIO

from PIL import Image

from chat.pictures.opening import opened
from chat.pictures.smaller import smaller

LONG_SIDE = 1024
QUALITY = 82


def preview_of(file: BinaryIO, kind: str) -> bytes:
    """A smaller one of a large picture: JPEG, or WebP where something shows through; nothing of a small one.

    Decodes the first frame whole, so that damage is found.

    :raises TooMuch:
    """
    with opened(file, (kind,)) as picture:
        is_large = max(picture.size) > LONG_SIDE
        if is_large:
            picture.draft("RGB", (LONG_SIDE, LONG_SIDE))  # JPEG alone is decoded at a fraction of its size
        picture.load()
        return _written(picture) if is_large else b""


def _written(picture: Image.Image) -> bytes:
    how: dict[str, Any] = {"quality": QUALITY, "icc_profile": None}
    if picture.mode in ("RGB", "RGBA", "L"):
        how["icc_profile"] = picture.info.get("icc_profile")  # of other modes it does not fit what they become
    small = smaller(picture, LONG_SIDE)
    small.info = {}
    target = BytesIO()
    small.save(target, "WEBP" if small.mode == "RGBA" else "JPEG", **how)
    return target.getvalue()
