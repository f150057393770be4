"""Somebody who watches a text grow."""

from collections.abc import Iterable
from itertools import accumulate

from chat.markup import Block, Growing, Part, Piece


class Viewer:
    """Does with each piece what the page does, and refuses what the page could not do."""

    def __init__(self, pieces: Iterable[Piece] = ()) -> None:
        self.blocks: list[Block] = []
        self.tail = ""  # raw text behind the open block
        self.size = 0
        self.renderings = 0  # of open blocks
        self.take(pieces)

    def take(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            if isinstance(piece, Block):
                self._replace(piece)
            elif isinstance(piece, Part):
                self._patch(piece)
            else:
                assert self.blocks[-1].is_open
                assert piece.index == len(self.blocks) - 1
                assert piece.text
                self.tail += piece.text
                self.size += len(piece.text)

    def _replace(self, block: Block) -> None:
        if self.blocks and self.blocks[-1].is_open:
            assert block.index == len(self.blocks) - 1
            self.blocks.pop()
        assert block.index == len(self.blocks)
        self.blocks.append(block)
        self.tail = ""
        self.size += len(block.html)
        self.renderings += block.is_open

    def _patch(self, part: Part) -> None:
        block = self.blocks[-1]
        assert block.is_open
        assert part.index == len(self.blocks) - 1
        assert part.position < len(block.joints) - 1
        kept, end = block.joints[: part.position + 1], block.joints[-1]
        joints = (*kept[:-1], *accumulate(map(len, part.children), initial=kept[-1]))
        html = block.html[: kept[-1]] + "".join(part.children) + block.html[end:]
        self.blocks[-1] = Block(block.index, html, is_open=True, joints=joints)
        self.tail = ""
        self.size += sum(map(len, part.children))
        self.renderings += 1

    @property
    def finished(self) -> list[str]:
        return [block.html for block in self.blocks if not block.is_open]


def watch(growing: Growing, deltas: Iterable[str]) -> Viewer:
    viewer = Viewer()
    for delta in deltas:
        viewer.take(growing.feed(delta))
    return viewer
