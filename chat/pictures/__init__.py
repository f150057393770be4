"""Pictures that people send: what they are, without what a camera wrote into them. Knows neither Django nor a disk."""

from chat.pictures.cleaning import Picture, TooManyPixels, cleaned
from chat.pictures.preview import LONG_SIDE, preview_of

__all__ = ["LONG_SIDE", "Picture", "TooManyPixels", "cleaned", "preview_of"]
