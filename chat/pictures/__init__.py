"""Pictures that people send: what they are, without what a camera wrote into them. Knows neither Django nor a disk."""

from chat.pictures.cleaning import FORMATS, MOST_PIXELS, Picture, TooManyPixels, cleaned
from chat.pictures.preview import LONG_SIDE, preview_of
from chat.pictures.smaller import smaller

__all__ = [
    "FORMATS",
    "LONG_SIDE",
    "MOST_PIXELS",
    "Picture",
    "TooManyPixels",
    "cleaned",
    "preview_of",
    "smaller",
]
