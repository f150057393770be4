from __future__ import annotations

from PIL import Image

from chat.pictures.colours import in_plain_colours

BAND_PIXELS = 1_000_000
FINE = 2  # times the size wanted: what is left to be done well by the slow way


def smaller(picture: Image.Image, long_side: int) -> Image.Image:
    """A copy in plain colours, at most so long. Band by band: each step of a whole one would be another 200 MB."""
    factor = max(1, max(picture.size) // (FINE * long_side))
    small = in_plain_colours(picture) if factor == 1 else _reduced(picture, factor)
    small.thumbnail((long_side, long_side))
    return small


def _reduced(picture: Image.Image, factor: int) -> Image.Image:
    """Each square of so many pixels becomes one."""
    width, height = picture.size
    rows = max(1, BAND_PIXELS // width // factor) * factor
    small: Image.Image | None = None
    for top in range(0, height, rows):
        band = in_plain_colours(picture.crop((0, top, width, min(top + rows, height)))).reduce(factor)
        if small is None:
            small = Image.new(band.mode, (-(-width // factor), -(-height // factor)))
            small.info = dict(band.info)
        small.paste(band, (0, top // factor))
    assert small is not None
    return small
