"""Pictures that people send: what they are, without what a camera wrote into them. Knows neither Django nor a disk."""

from chat.pictures.cleaning import Picture, cleaned
from chat.pictures.opening import MOST_PIXELS, TooLaborious, TooManyPixels, TooMuch, opened
from chat.pictures.preview import LONG_SIDE, preview_of
from chat.pictures.smaller import smaller

__all__ = [
    "LONG_SIDE",
    "MOST_PIXELS",
    "Picture",
    "TooLaborious",
    "TooManyPixels",
    "TooMuch",
    "cleaned",
    "opened",
    "preview_of",
    "smaller",
]
