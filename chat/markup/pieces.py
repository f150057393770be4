"""What viewers of a growing text are sent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """Replaces all that is shown of block `index`; it may be several elements, or none."""

    index: int
    html: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Tail:
    """Raw text to append to the open block `index`: at its end, in its deepest last element."""

    index: int
    text: str


Piece = Block | Tail
