"""Markdown into HTML, block by block."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from chat.markup import blocks, code, engine
from chat.markup.budget import Budget
from chat.markup.closing import close_last
from chat.markup.hygiene import clean_text
from chat.markup.people import People
from chat.markup.plain import is_plain, plain
from chat.markup.references import Definitions
from chat.markup.sanitizer import sanitize
from chat.markup.tree import Tree

VERSION = 4  # of the HTML; stored with each message, so that older ones can be rendered anew
TEXT_LIMIT = 16_000  # characters in a message that a person writes

NOBODY: People = {}

logger = logging.getLogger(__name__)

_FRAME = re.compile(r"<figure></figure>")
_MENTION = re.compile(r'<a [^>]*data-user="(\d+)"')


@dataclass(frozen=True, slots=True)
class Rendered:
    html: str
    mentions: tuple[int, ...]  # users that are linked, in the order of their first appearance


def render(text: str, people: People = NOBODY) -> Rendered:
    """The HTML of a text, safe to be put into a page.

    :param people: who may be named, by case-folded name; other names stay text.
    """
    text = clean_text(text)
    html = sanitize(plain(text, people) if is_plain(text) else parsed(text, people))
    return Rendered(html, tuple(dict.fromkeys(int(user) for user in _MENTION.findall(html))))


def parsed(text: str, people: People) -> str:
    """The HTML of any text, not yet sanitised."""
    definitions = Definitions.of(blocks.split(text.split("\n")))
    page = Page(people, definitions.addresses)
    return "".join(page.html(source) for source in definitions.rest)


@dataclass(slots=True)
class Page:
    """What the blocks of one text have in common."""

    people: People
    references: Mapping[str, str] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)

    def html(self, source: blocks.Source, *, is_open: bool = False) -> str:
        """One block, not yet sanitised.

        :param is_open: it is still being written, so close the marks that are half typed.
        """
        if isinstance(source, blocks.Fence):
            return self._figure(source)
        if not self.budget.allows(source):
            return plain(source.text, self.people)
        if isinstance(source, blocks.Paragraph) and is_plain(source.text):
            return plain(source.text, self.people)
        try:
            return self._parsed(source, is_open=is_open)
        except Exception:  # whatever is wrong with the parser, the text is shown
            engine.discard()
            logger.warning("A block could not be parsed and is shown as plain text", exc_info=True)
            return plain(source.text, self.people)

    def _parsed(self, source: blocks.Source, *, is_open: bool) -> str:
        parser = engine.engine()
        tree = Tree(parser.tables)
        tree.add(tree.root, source)
        if is_open:
            close_last(tree.root)
        html = parser.html(tree.root, self.people, self.references)
        figures = iter(tree.fences)
        return _FRAME.sub(lambda _: self._figure(next(figures)), html) if tree.fences else html

    def _figure(self, fence: blocks.Fence) -> str:
        return code.figure(fence.code, fence.language, is_painted=self.budget.paints(fence.code))
