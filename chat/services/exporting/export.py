from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from chat.exceptions import Invalid, NotFound
from chat.models import Message, Room, User
from chat.models.reactions import find_reactors
from chat.services.exporting.as_html import HtmlFile
from chat.services.exporting.as_json import JsonFile
from chat.services.exporting.as_markdown import MarkdownFile
from chat.services.exporting.bounds import Bounds
from chat.services.exporting.files import Chosen, File

PAGE = 50  # a reply may be 256 KiB, and its reasoning as much
PIECE = 32 * 1024  # characters

FORMATS: Mapping[str, Callable[[Chosen], File]] = {"markdown": MarkdownFile, "json": JsonFile, "html": HtmlFile}


@dataclass(frozen=True, slots=True)
class Export:
    """``pieces`` reads as it goes."""

    room_id: int
    name: str
    content_type: str
    pieces: Iterator[str]
    apology: str  # what ends a file that cannot be finished, so that nobody takes it for the whole


def open_export(
    *, slug: str, by: User, form: str = "markdown", after: str = "", before: str = "", has_reasoning: bool = False
) -> Export:
    """What this person may read of a room.

    :raises NotFound: absent, or not theirs. :raises Invalid: no such format, or no such bounds.
    """
    room = Room.objects.visible_to(by).filter(slug=slug).first()
    if room is None:
        raise NotFound
    return export_room(room=room, form=form, bounds=Bounds.parse(after, before), has_reasoning=has_reasoning)


def export_room(
    *, room: Room, form: str = "markdown", bounds: Bounds | None = None, has_reasoning: bool = False
) -> Export:
    """Of what is there now: messages that come while it is read are not part of it.

    :raises Invalid: no such format.
    """
    if form not in FORMATS:
        raise Invalid(f"format: one of {', '.join(FORMATS)}.")
    chosen = Chosen(room, bounds or Bounds(), has_reasoning)
    file = FORMATS[form](chosen)
    return Export(room.pk, f"{room.slug}.{file.ending}", file.content_type, _pieces(chosen, file), file.apology)


def _pieces(chosen: Chosen, file: File) -> Iterator[str]:
    """Of a size that a connection takes in one go, for what a slow reader has not taken yet is held."""
    piece, length = [file.head()], 0
    for message in messages(chosen):
        piece.append(file.message(message))
        length += len(piece[-1])
        if length >= PIECE:
            yield "".join(piece)
            piece, length = [], 0
    yield "".join([*piece, file.foot()])


def messages(chosen: Chosen) -> Iterator[Message]:
    """A page, then what comes after its last: no cursor is held while a reader takes their time."""
    last = 0
    while page := list(chosen.messages().filter(sequence__gt=last).order_by("sequence")[:PAGE]):
        find_reactors(page)
        last = page[-1].sequence
        yield from page
