from __future__ import annotations

from PIL import Image


def in_plain_colours(picture: Image.Image) -> Image.Image:
    """A copy of eight bits each: RGB, grey, or with what shows through."""
    if picture.mode.startswith("I"):  # 16 bits of grey, which would be cut off and not divided
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture.copy() if picture.mode in ("RGB", "L") else picture.convert("RGB")
