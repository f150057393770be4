"""What the demo assistant can tell of files: what the question says about them, in square brackets."""

from __future__ import annotations

import re
from typing import NamedTuple

_MOST_NAMED = 10
# A line of its own for each file; what it contains is indented by four spaces below it.
_FILE = re.compile(
    r'^ *\[(?:file|picture)(?: \d+:)? "(?P<name>[^"\n]*)", (?P<kind>[^\]:\n]*)[^\]\n]*\]'
    r"(?:\n(?: {4}.*| {2}\[(?:about )?[\d,]+ characters are left out here\])?$)*",
    re.MULTILINE,
)


class Sent(NamedTuple):
    """``kind``: what it is and how large, in words."""

    name: str
    kind: str


def without_files(text: str) -> tuple[str, tuple[Sent, ...]]:
    """What was said, and what was sent with it."""
    sent = tuple(Sent(found["name"], found["kind"]) for found in _FILE.finditer(text))
    return _FILE.sub("", text).strip(), sent


def listed(files: tuple[Sent, ...]) -> str:
    if len(files) == 1:
        return f"You sent me {_named(files[0])}."
    lines = [f"- {_named(file)}" for file in files[:_MOST_NAMED]]
    more = [f"- and {len(files) - _MOST_NAMED} more"] if len(files) > _MOST_NAMED else []
    return "\n".join((f"You sent me {len(files)} files:\n", *lines, *more))


def _named(file: Sent) -> str:
    """As code: a name may contain what Markdown would make something of."""
    return f"`{file.name.replace('`', chr(39))}` ({file.kind})"
