"""Text as it may be stored: no control characters that break databases, terminals or the parser."""

import re

_CARRIAGE = re.compile(r"\r\n?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_UNCLEAN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # either of the two, at a glance
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """The text with line feeds for line ends, without control characters, and sound as UTF-8.

    PostgreSQL refuses NUL, and nothing can encode half a surrogate pair; people and models send both.
    """
    if "\r" in text:
        text = _CARRIAGE.sub("\n", text)
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", text)) if _UNCLEAN.search(text) else text
