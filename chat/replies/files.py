"""What a model is told of a file: its name and kind always, its content where it can be told. Pure.

The words of a file come from somebody, as a message does: they are framed like one, a step further in.
"""

from __future__ import annotations

from chat.providers import Document, Picture
from chat.replies.framing import INDENT, Attached, indented, one_line, plain
from chat.replies.texts import Excerpt

Enclosed = Excerpt | Picture | Document | str  # a str says why not
UNSEEN = "you cannot see it"
UNREAD = "you cannot read it"
NO_ROOM = "there is no room for it here"
TOLD_ABOVE = "as above"
_STEPS = ((1_000_000, "MB"), (1_000, "kB"))


def described(file: Attached, enclosed: Enclosed, number: int = 0) -> str:
    """``number``: a picture's place among those that go along."""
    match enclosed:
        case Excerpt():
            return "\n".join((f"[{named(file)}]", *_content(enclosed)))
        case Picture():
            return f"[picture {number}: {quoted(file)}, {measures(file)}]"
        case Document():
            return f"[{named(file)}: it goes along]"
        case why:
            return f"[{named(file)}: {why}]"


def named(file: Attached) -> str:
    """A line's worth, whatever the name is: its end cannot be reached from inside."""
    if file.is_picture:
        return f"picture {quoted(file)}, {measures(file)}"
    return f"file {quoted(file)}, {one_line(file.media_type)}, {sized(file.size)}"


def quoted(file: Attached) -> str:
    return '"{}"'.format(one_line(file.name).replace('"', "'"))


def measures(file: Attached) -> str:
    return f"{file.width} × {file.height} pixels, {sized(file.size)}"


def sized(count: int) -> str:
    for step, unit in _STEPS:
        if count >= step:
            return f"{count / step:.1f} {unit}".replace(".0 ", " ")
    return f"{count} bytes"


def _content(enclosed: Excerpt) -> list[str]:
    parts = [_inside(enclosed.head)]
    if enclosed.left_out:
        parts += [f"[{_count_of(enclosed)} characters are left out here]", _inside(enclosed.tail)]
    return [part for part in parts if part.strip()]


def _count_of(enclosed: Excerpt) -> str:
    """Rounded, where nobody has counted."""
    count = enclosed.left_out
    return f"about {round(count, -3) or count:,}" if enclosed.is_about else f"{count:,}"


def _inside(text: str) -> str:
    return INDENT + indented(plain(text))
