"""Text without marks: escaped, with its addresses and names as links. No parser.

It is the fast path for most messages, and what remains readable of a text that is too costly to parse.
"""

import re
from html import escape
from xml.etree.ElementTree import Element

from chat.markup import lines, links
from chat.markup.people import NAME, People, mention

_MARKS = re.compile(r"[\\`*_\[<~|]|^[^\S\n]*(?:[-+>#=]|\d{1,9}[.)](?:\s|$))", re.MULTILINE)
_IN_ADDRESSES = re.compile(r"\\|\][(\[]")  # what the parser finds there, too, and before it finds the address


def is_plain(text: str) -> bool:
    """Whether the parser would find nothing in the text but addresses and names."""
    if "://" in text and not _IN_ADDRESSES.search(text):
        text = links.BARE.sub(lambda match: match[0][len(links.trimmed(match[0])) :] or "/", text)
    return _MARKS.search(text) is None


def plain(text: str, people: People) -> str:
    """Paragraphs and line breaks as typed. The HTML is whole, but not yet sanitised."""
    return "".join(f"<p>{_lines(paragraph, people)}</p>" for paragraph in paragraphs(text))


def paragraphs(text: str) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for line in text.split("\n"):
        if not lines.is_blank(line):
            found[-1].append(lines.stripped(line))
        elif found[-1]:
            found.append([])
    return [paragraph for paragraph in found if paragraph]


def _lines(paragraph: list[str], people: People) -> str:
    text = "\n".join(paragraph)
    return _linked(text, people).replace("\n", "<br>")


def _linked(text: str, people: People) -> str:
    """Addresses first, then names in what is left: the order in which the parser looks for them."""
    if "://" not in text:
        return _named(text, people)
    html: list[str] = []
    end = 0
    for match in links.BARE.finditer(text):
        if url := links.trimmed(match[0]):
            html += _named(text[end : match.start()], people), _tag(links.link(url))
            end = match.start() + len(url)
    html.append(_named(text[end:], people))
    return "".join(html)


def _named(text: str, people: People) -> str:
    if "@" not in text:
        return escape(text, quote=False)
    html: list[str] = []
    end = 0
    for match in NAME.finditer(text):
        if (element := mention(match[1], people)) is not None:
            html += escape(text[end : match.start()], quote=False), _tag(element)
            end = match.start() + len(element.text or "")
    html.append(escape(text[end:], quote=False))
    return "".join(html)


def _tag(element: Element) -> str:
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in element.items())
    return f"<a{attributes}>{escape(element.text or '', quote=False)}</a>"
