"""The marks inside a line, as patterns for Python-Markdown. None of them looks twice at the same stretch of text."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from string import punctuation
from xml.etree.ElementTree import Element

from markdown.inlinepatterns import DelimiterProcessor, InlineProcessor
from markdown.util import ETX, STX, AtomicString

from chat.markup import links
from chat.markup.people import NAME, People, mention

Found = tuple[Element | str | None, int | None, int | None]
NOTHING: Found = (None, None, None)


@dataclass(slots=True)
class Surroundings:
    """What the marks of the block now rendered may refer to."""

    people: People = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)


class Mark(InlineProcessor):
    """A pattern, and what is made of each place where it is found."""

    def handleMatch(self, m: re.Match[str], data: str) -> Found:  # type: ignore[override]  # noqa: N802
        return self.found(m)

    def found(self, m: re.Match[str]) -> Found:
        raise NotImplementedError


class Verbatim(Mark):
    """A backslash before punctuation, or a code span: whatever begins first.

    Runs of more than eight backticks are text. So at most eight kinds of opening can lack their closing, and
    only these are looked for in vain.
    """

    def __init__(self) -> None:
        ticks = r"(?<!`)(?P<run>`{1,8})(?!`)(?P<code>.+?)(?<!`)(?P=run)(?!`)"
        super().__init__(rf"\\(?P<char>[{re.escape(punctuation)}])|{ticks}")

    def found(self, m: re.Match[str]) -> Found:
        if char := m["char"]:
            return f"{STX}{ord(char)}{ETX}", m.start(), m.end()
        element = Element("code", {"dir": "ltr"})  # it says nothing of the direction of the text it begins
        element.text = AtomicString(_unpadded(m["code"].replace("\n", " ")))
        return element, m.start(), m.end()


def _unpadded(code: str) -> str:
    """One space on both sides is only there to keep backticks apart."""
    return code[1:-1] if code.startswith(" ") and code.endswith(" ") and not code.isspace() else code


class Link(Mark):
    """`[text](address)`, `[text][name]` and `[name]`; an image is a link too, for nothing remote is ever loaded."""

    BODY = re.compile(
        r"(?P<image>!?)\[(?P<text>[^\[\]]*+(?:\[[^\[\]]*+\][^\[\]]*+)*+)\]"
        r"(?:\(\s*(?:<(?P<quoted>[^<>\n]*+)>|(?P<href>[^\s()<>]*+(?:\([^\s()]*+\)[^\s()<>]*+)*+))"
        r"(?:\s+(?:\"[^\"]*+\"|'[^']*+'|\([^()]*+\)))?\s*\)|\[(?P<name>[^\[\]]*+)\])?"
    )
    INNER_IMAGE = re.compile(r"!\[([^\[\]]*+)\](?:\([^()]*+\))?")
    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self, surroundings: Surroundings, aside: Callable[[str], Element | str]) -> None:
        super().__init__(r"!?\[")
        self.surroundings, self.aside = surroundings, aside

    def found(self, m: re.Match[str]) -> Found:
        body = self.BODY.match(m.string, m.start())
        href = self._href(body) if body else None
        if body is None or href is None:
            return NOTHING
        text = self.INNER_IMAGE.sub(r"\1", body["text"])
        return links.link(href, text if text.strip() else None), body.start(), body.end()

    def _href(self, body: re.Match[str]) -> str | None:
        href = body["quoted"] or body["href"]
        if href is None:
            return self.surroundings.references.get(reference_name(body["name"] or body["text"]))
        href = PLACE.sub(self._escaped, href)
        return href if is_address(href) else None

    def _escaped(self, place: re.Match[str]) -> str:
        """A character behind a backslash is part of an address, an element is not."""
        found = self.aside(place[1])
        return found if isinstance(found, str) else place[0]


PLACEHOLDER = f"{STX}klzzwxh"  # where Python-Markdown has put something aside
PLACE = re.compile(rf"{PLACEHOLDER}:([0-9]+){ETX}")


def is_address(href: str) -> bool:
    return links.SAFE.match(href) is not None and PLACEHOLDER not in href


def reference_name(text: str) -> str:
    return " ".join(text.casefold().split())


class Autolink(Mark):
    """`<https://…>` and `<ana@example.org>`."""

    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self) -> None:
        super().__init__(r"<(?:(?P<url>https?://[^\s<>\x02\x03]++)|(?P<mail>[^\s<>@\x02\x03]++@[^\s<>@\x02\x03]++))>")

    def found(self, m: re.Match[str]) -> Found:
        if m["url"]:
            return links.link(m["url"]), m.start(), m.end()
        return links.link(f"mailto:{m['mail']}", AtomicString(m["mail"])), m.start(), m.end()


class Address(Mark):
    """An address that is simply there."""

    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self) -> None:
        super().__init__(links.BARE.pattern)
        self.compiled_re = links.BARE

    def found(self, m: re.Match[str]) -> Found:
        url = links.trimmed(m[0])
        return (links.link(url), m.start(), m.start() + len(url)) if url else NOTHING


class Mention(Mark):
    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(NAME.pattern)
        self.surroundings = surroundings

    def found(self, m: re.Match[str]) -> Found:
        found = mention(m[1], self.surroundings.people)
        if found is None:
            return NOTHING
        return found, m.start(), m.start() + len(found.text or "")


class Emphasis(DelimiterProcessor):
    """A single mark inside of a word that is bold is text: "**O(n*m)**"."""

    def search(self, data: str, start: int) -> re.Match[str] | None:
        found = super().search(data, start)
        while found and self._is_alone(found, data):
            found = super().search(data, found.end())
        return found

    def _is_alone(self, found: re.Match[str], data: str) -> bool:
        """Neither does it end what was opened, two marks that is, nor is it ended before that is."""
        mark = self.delimiters[found[0][0]]
        if found.lastgroup != "ambiguous" or len(found[0]) != 1 or not mark.stack or mark.stack[-1][-1] != 2:
            return False
        following = mark.bad.search(data, found.end())
        return following is not None and len(following[0]) == 2
