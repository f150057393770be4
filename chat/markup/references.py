"""Addresses that are given a name once: `[name]: https://…` on lines of their own."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from chat.markup.blocks import Paragraph, Source
from chat.markup.inline import is_address, reference_name

_DEFINITION = re.compile(
    r"\s*\[(?P<name>[^\[\]]+)\]:\s*<?(?P<href>[^\s<>]+)>?(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*"
)
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Definitions:
    addresses: dict[str, str]
    rest: list[Source]  # the blocks without their definitions

    @classmethod
    def of(cls, sources: Iterable[Source]) -> "Definitions":
        found = cls({}, [])
        for source in sources:
            found.take(source)
        return found

    def take(self, source: Source) -> Source | None:
        """Keep the definitions a paragraph begins with, and what else is in it."""
        lines = source.lines
        while isinstance(source, Paragraph) and lines and (match := _definition(lines[0])):
            self.addresses.setdefault(reference_name(match["name"]), match["href"])
            lines = lines[1:]
        if len(lines) < len(source.lines):
            source.lines = lines
            source.is_complete = False
        if lines:
            self.rest.append(source)
        return source if lines else None


def _definition(line: str) -> re.Match[str] | None:
    match = _DEFINITION.fullmatch(line) if len(line) <= LONGEST else None
    return match if match and is_address(match["href"]) else None
