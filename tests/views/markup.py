"""What a page is made of, read as a browser reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


@dataclass(slots=True)
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def find(self, tag: str = "", **attributes: str) -> list[Element]:
        wanted = {name.replace("_", "-").strip("-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.walk()
            if element.tag == (tag or element.tag) and wanted.items() <= element.attributes.items()
        ]

    @property
    def text(self) -> str:
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join(" ".join(parts).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(html: str | bytes) -> Element:
    """The tree; a tag that is not closed where it must be is an error here, not something to be mended."""
    reader = _Reader()
    reader.feed(html if isinstance(html, str) else html.decode())
    reader.close()
    assert reader.open == [reader.root], f"<{reader.open[-1].tag}> is not closed"
    return reader.root


def breaches(page: Element) -> list[str]:
    """What a strict content security policy would refuse, and ids that are there twice."""
    found = [f"<{e.tag} {name}>" for e in page.walk() for name in e.attributes if name == "style" or name[:2] == "on"]
    found += ["<style>" for _ in page.find("style")]
    found += ["inline <script>" for script in page.find("script") if "src" not in script.attributes]
    found += [f"hx-on in <{e.tag}>" for e in page.walk() for name in e.attributes if name.startswith("hx-on")]
    ids = [element.attributes["id"] for element in page.walk() if "id" in element.attributes]
    return found + [f"id {name} twice" for name in sorted(set(ids)) if ids.count(name) > 1]


def filled_in(form: Element) -> dict[str, str]:
    """What a browser sends of it, as it is drawn; but for its buttons."""
    sent: dict[str, str] = {}
    for control in form.walk():
        name, kind = control.attributes.get("name", ""), control.attributes.get("type", "text")
        if control.tag == "textarea":
            sent[name] = "".join(map(str, control.children)).lstrip("\r\n")
        elif control.tag == "select":
            sent[name] = next((option.attributes["value"] for option in control.find("option", selected="")), "")
        elif control.tag == "input" and kind in ("radio", "checkbox"):
            sent |= {name: control.attributes.get("value", "on")} if "checked" in control.attributes else {}
        elif control.tag == "input" and kind != "submit":
            sent[name] = control.attributes.get("value", "")
    return sent
