"""What viewers of a growing text are sent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """Replaces all that is shown of block `index`; it may be several elements, or none.

    ``joints``: where in the HTML the children of its list or table begin, and where the last of them ends.
    """

    index: int
    html: str
    is_open: bool
    joints: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tail:
    """Raw text to append to the open block `index`: at its end, in its deepest last element."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """Takes the place of the children of open block `index` from `position` on: items of a list, or rows of a table."""

    index: int
    position: int
    children: tuple[str, ...]


Piece = Block | Part | Tail
