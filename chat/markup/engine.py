"""Python-Markdown, taken apart: its engine for inline marks and its tables. Blocks are ours."""

import threading
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions.tables import TableProcessor
from markdown.inlinepatterns import Pattern, SubstituteTagInlineProcessor
from markdown.treeprocessors import InlineProcessor, UnescapeTreeprocessor
from markdown.util import Registry

from chat.markup import inline
from chat.markup.people import People


class Engine:
    """Not to be shared between threads: Python-Markdown keeps the state of its work in its objects."""

    def __init__(self) -> None:
        self.markdown = Markdown()
        self.surroundings = inline.Surroundings()
        self.markdown.inlinePatterns = self._patterns()
        self._inline = InlineProcessor(self.markdown)
        self._unescape = UnescapeTreeprocessor(self.markdown)
        self.tables = TableProcessor(self.markdown.parser, {"use_align_attribute": True})

    def _patterns(self) -> Registry[Pattern]:
        """In the order they are applied. Raw HTML and entities have no pattern: they are text."""
        marks = inline.Emphasis("*", "strong,em", self.markdown)
        marks.add("_", "strong,em", smart=True)
        marks.add("~", "del", double=True)
        patterns: Registry[Pattern] = Registry()
        patterns.register(inline.Verbatim(), "verbatim", 190)
        patterns.register(inline.Link(self.surroundings, lambda place: self._inline.stashed_nodes[place]), "link", 160)
        patterns.register(inline.Autolink(), "autolink", 120)
        patterns.register(inline.Address(), "address", 115)
        patterns.register(inline.Mention(self.surroundings), "mention", 110)
        patterns.register(marks, "em_strong", 60)
        patterns.register(SubstituteTagInlineProcessor(r"\n", "br"), "nl", 5)
        return patterns

    def html(self, root: Element, people: People, references: Mapping[str, str]) -> str:
        """The tree with the marks in its texts resolved, as HTML, without its root."""
        self.surroundings.people, self.surroundings.references = people, references
        self._inline.run(root)
        self._unescape.run(root)
        return "".join(ElementTree.tostring(child, encoding="unicode", method="html") for child in root)


_local = threading.local()


def engine() -> Engine:
    """This thread's engine."""
    if not hasattr(_local, "engine"):
        _local.engine = Engine()
    ours: Engine = _local.engine
    return ours


def discard() -> None:
    """After an exception its state is unknown: the next block gets a new one."""
    if hasattr(_local, "engine"):
        del _local.engine
