"""Addresses that people type or paste, and the links they become."""

import re
from xml.etree.ElementTree import Element

from markdown.util import AtomicString

SAFE = re.compile(r"(?:https?://|mailto:)[^\s\x02\x03]", re.IGNORECASE)
# Quotes, Markdown's own marks and full-width punctuation end an address typed in the middle of a sentence.
BARE = re.compile(r"(?<!\w)https?://[^\s<>\"`|\x02\x03，。；：！？、（）「」『』【】《》]+", re.IGNORECASE)

_TRAILING = frozenset(".,;:!?'*_~")
_PAIRS = {")": "(", "]": "[", "}": "{"}
_SHORTEST = len("http://x")


def trimmed(url: str) -> str:
    """The address without the punctuation of the sentence around it; closing brackets stay if they were opened."""
    surplus = {closing: url.count(closing) - url.count(opening) for closing, opening in _PAIRS.items()}
    end = len(url)
    while end and (url[end - 1] in _TRAILING or surplus.get(url[end - 1], 0) > 0):
        end -= 1
        if url[end] in surplus:
            surplus[url[end]] -= 1
    return url[:end] if end >= _SHORTEST else ""


def link(href: str, text: str | None = None) -> Element:
    """A link out of the house. Without a text it shows its address: nothing in that is marked up, nor does it say
    anything of the direction of the text it begins."""
    element = Element("a", {"href": href, "rel": "nofollow noopener noreferrer"})
    if text is None:
        element.set("dir", "ltr")
    element.text = AtomicString(href) if text is None else text
    return element
