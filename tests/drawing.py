"""Pictures that tell of their own what was done to them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

from tests.pictures import written


def drawn(form: str, width: int = 40, height: int = 30, mode: str = "RGB", **options: Any) -> bytes:
    """Darker towards one corner, so that turning it can be seen."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    return written(across.convert(mode), form, **options)


def noise(form: str, width: int, height: int, mode: str = "RGB") -> bytes:
    """What no format makes small."""
    bands = [Image.effect_noise((width, height), 90) for _ in mode]
    return written(Image.merge(mode, bands), form)


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image
