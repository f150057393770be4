"""Who is named in a text."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote
from xml.etree.ElementTree import Element

from markdown.util import AtomicString

MOST_NAMES = 50

# Not inside a word or an e-mail address, on either side. Letters of Latin, Greek and Cyrillic make a word with a name,
# and could be taken for its own; those of scripts that write without spaces, or put endings to a name, do not.
_OF_A_WORD = r"0-9A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u036f\u0370-\u037d\u037f-\u0386\u0388-\u052f\u1e00-\u1fff@"
NAME = re.compile(rf"(?<![{_OF_A_WORD}])@([A-Za-z0-9][A-Za-z0-9_.-]{{0,31}}+)(?![{_OF_A_WORD}])")
_CANDIDATE = re.compile(r"@([A-Za-z0-9][A-Za-z0-9_.-]{0,40}+)(:?)")
_SCHEME = re.compile(r"(?<=.)https?\Z", re.IGNORECASE)


class Mentioned(NamedTuple):
    """A user who may be named."""

    id: int
    name: str
    is_assistant: bool


People = Mapping[str, Mentioned]


def names_in(text: str) -> frozenset[str]:
    """Case-folded names that may stand in the text: more than are linked, so that one query finds the people."""
    names: dict[str, None] = {}
    for match in _CANDIDATE.finditer(text):
        names |= dict.fromkeys(readings(match[1]))
        if match[2]:  # maybe of an address, which ends the name before it
            names |= dict.fromkeys(readings(_SCHEME.sub("", match[1])))
        if len(names) >= MOST_NAMES:
            break
    return frozenset(list(names)[:MOST_NAMES])


def readings(typed: str) -> Iterator[str]:
    """What "@ana.-" may mean, longest first: the punctuation that ends a sentence may also end a name."""
    name = typed.casefold()
    yield name
    while name[-1] in "._-":
        name = name[:-1]
        yield name


def mention(typed: str, people: People) -> Element | None:
    """The link for what was typed after "@", or nothing if that is nobody."""
    for name in readings(typed):
        if person := people.get(name):
            return _link(person, typed[: len(name)])
    return None


def _link(person: Mentioned, typed: str) -> Element:
    kind = "mention mention--assistant" if person.is_assistant else "mention"
    href = f"/people/{quote(person.name, safe='')}/"
    # Names are Latin: one that begins a text says nothing of that text's direction.
    link = Element("a", {"class": kind, "href": href, "data-user": str(person.id), "dir": "ltr"})
    link.text = AtomicString(f"@{typed}")
    return link
