"""Blocks into the elements of a page; the marks inside their texts come later."""

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement

from markdown.extensions.tables import TableProcessor
from markdown.util import AtomicString

from chat.markup import blocks, lines
from chat.markup.items import is_loose, items_of

DEEPEST = 12  # lists in quotes in lists …: below that it is text
MOST_CELLS = 2_000
MOST_BARS = 50  # in a row, in code for example, beside twice as many as the head has

_TASK = re.compile(r"\[(?P<mark>[ xX])\][ \t]+(?=\S)")
_BREAK = re.compile(r"(?<!`)(?P<ticks>`{1,8})(?!`).+?(?<!`)(?P=ticks)(?!`)|<br ?/?>", re.IGNORECASE)
_DELIMITERS = frozenset("|:- \t")


@dataclass(slots=True)
class Tree:
    """One top-level block under construction."""

    tables: TableProcessor
    root: Element = field(default_factory=lambda: Element("div"))
    fences: list[blocks.Fence] = field(default_factory=list)

    def add(self, parent: Element, source: blocks.Source, depth: int = 0) -> None:
        match source:
            case blocks.Heading():
                self._heading(parent, source)
            case blocks.Rule():
                SubElement(parent, "hr")
            case blocks.Fence():
                self._fence(parent, source)
            case blocks.Quote():
                self._quote(parent, source, depth)
            case blocks.List():
                self._list(parent, source, depth)
            case _:
                self._paragraph(parent, source)

    def _heading(self, parent: Element, source: blocks.Source) -> None:
        marks, _, title = source.text.strip().partition(" ")
        if "\t" in marks:
            marks, _, title = source.text.strip().partition("\t")
        SubElement(parent, f"h{len(marks)}").text = _without_closing_marks(title.strip())

    def _fence(self, parent: Element, source: blocks.Fence) -> None:
        """An empty frame, for the code is no text for the marks to work on."""
        SubElement(parent, "figure")
        self.fences.append(source)

    def _quote(self, parent: Element, source: blocks.Source, depth: int) -> None:
        self._inside(SubElement(parent, "blockquote"), [_unquoted(line) for line in source.lines], depth)

    def _inside(self, parent: Element, inner: list[str], depth: int) -> None:
        if depth >= DEEPEST:
            SubElement(parent, "p").text = AtomicString("\n".join(inner).strip())
            return
        for source in blocks.split(inner):
            self.add(parent, source, depth + 1)

    def _list(self, parent: Element, source: blocks.List, depth: int) -> None:
        element = SubElement(parent, "ul" if source.start is None else "ol")
        if source.start not in (None, 1):
            element.set("start", str(source.start))
        loose = is_loose(source)
        for inner in items_of(source):
            self._item(SubElement(element, "li"), inner, depth, loose=loose)

    def _item(self, element: Element, inner: list[str], depth: int, *, loose: bool) -> None:
        if task := _TASK.match(inner[0]):
            inner = [inner[0][task.end() :], *inner[1:]]
        self._inside(element, inner, depth)
        first = element[0] if len(element) else None
        if task:
            _tick(element, first, is_done=task["mark"] != " ")
        elif first is not None and first.tag == "p" and not loose:
            element.text = first.text
            element.remove(first)

    def _paragraph(self, parent: Element, source: blocks.Source) -> None:
        if source.is_complete:  # by its underline
            level = "h1" if "=" in source.lines[1] else "h2"
            SubElement(parent, level).text = source.lines[0].strip()
            return
        self._text(parent, source.lines)

    def _text(self, parent: Element, text: list[str]) -> None:
        while text:
            start, end = table_in(text)
            if start:
                SubElement(parent, "p").text = "\n".join(lines.stripped(line) for line in text[:start])
            if start < end and not self._table(parent, text[start:end]):
                SubElement(parent, "p").text = "\n".join(lines.stripped(line) for line in text[start:end])
            text = text[end:]

    def _table(self, parent: Element, rows: list[str]) -> bool:
        most = 2 * rows[0].count("|") + MOST_BARS
        rows = [_narrowed(row.strip(), most) for row in rows]
        text = "\n".join(rows)
        if rows[0].count("|") * len(rows) > MOST_CELLS or not self.tables.test(parent, text):
            return False
        frame = SubElement(parent, "div", _SCROLL)
        self.tables.run(frame, [text])
        for cell in frame.iter():
            cell.text = cell.text and _cell(cell.text)
        return True


_SCROLL = {"class": "prose__scroll", "role": "group", "aria-label": "Table", "tabindex": "0"}


def table_in(text: list[str]) -> tuple[int, int]:
    """Where the first table begins and ends; at the end of the text, if there is none."""
    for start in range(len(text) - 1):
        if "|" in text[start] and _is_delimiter(text[start + 1]):
            end = start + 2
            while end < len(text) and "|" in text[end]:
                end += 1
            return start, end
    return len(text), len(text)


def _cell(text: str) -> str:
    """What cannot be typed in a row: a bar, inside of code, too, and a line break, which models write as HTML."""
    return _BREAK.sub(lambda found: found[0] if found["ticks"] else "\n", text.replace("\\|", "|"))


def _narrowed(row: str, most: int) -> str:
    """The row without very many cells, for which there is no column: to find them takes time in their square."""
    return "|".join(row.split("|", most)[:most])


def _is_delimiter(line: str) -> bool:
    return "|" in line and "-" in line and _DELIMITERS.issuperset(line)


def _tick(item: Element, first: Element | None, *, is_done: bool) -> None:
    """The item's first paragraph becomes the label of its box."""
    label = Element("label")
    box = SubElement(label, "input", {"type": "checkbox", "disabled": ""})
    if is_done:
        box.set("checked", "")
    if first is not None and first.tag == "p":
        box.tail = f" {first.text}"
        item.remove(first)
    item.insert(0, label)


def _unquoted(line: str) -> str:
    line = line.lstrip().removeprefix(">")
    return line.removeprefix(" ")


def _without_closing_marks(title: str) -> str:
    text = title.rstrip("#")
    return text.rstrip() if text != title and text[-1:].isspace() else title
