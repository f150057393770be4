"""Pictures of all kinds, made on the spot."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image


def picture(kind: str, width: int = 30, height: int = 20, *, mode: str = "RGB", **how: Any) -> bytes:
    """Not of one colour, so that it has something to lose."""
    return written(Image.effect_noise((width, height), 60).convert(mode), kind, **how)


def png(width: int = 30, height: int = 20, **how: Any) -> bytes:
    return picture("PNG", width, height, **how)


def written(image: Image.Image, kind: str, **how: Any) -> bytes:
    target = BytesIO()
    image.save(target, kind, **how)
    return target.getvalue()


def of_many_scans(times: int = 200, *, before: bytes = b"") -> bytes:
    """A progressive JPEG whose last scan, some hundred bytes, goes over its pixels so many times more."""
    content = picture("JPEG", 60, 40, progressive=True)
    scan, end = content.rindex(b"\xff\xda"), content.rindex(b"\xff\xd9")
    return content[:end] + before + content[scan:end] * times + content[end:]


def pixels(content: bytes) -> bytes:
    with Image.open(BytesIO(content)) as image:
        return image.convert("RGBA").tobytes()
