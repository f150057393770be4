"""How much work a text may ask of the parser.

The parser's time grows with the number of marks, so these are counted before it begins, and a block that is over
the budget is set as plain text. The slowest text is bounded, whatever its writer had in mind, and the answer is the
same on a slow machine as on a fast one. The weights are measured: `bench/hostile_markdown.py`.
"""

from chat.markup import code
from chat.markup.blocks import List, Quote, Source

BLOCK_COST = 10
LINE_COST = 3  # inside of lists and quotes, where each may be a block
LINK_COST = 2
FIRST_COST = 2_500
LENGTH_PER_COST = 5  # long answers earn more: real ones cost one for six characters or less

_MARKS = "*_~`[<@|\\\n"
_LINKS = ("[", "@", "://")


class Budget:
    """What is left for the blocks of one text, spent in their order."""

    def __init__(self) -> None:
        self.length = 0
        self.cost = 0
        self.code = 0

    def allows(self, source: Source) -> bool:
        """Spend what parsing this block costs, if that much is left."""
        text = source.text
        cost = BLOCK_COST + sum(map(text.count, _MARKS)) + LINK_COST * sum(map(text.count, _LINKS))
        if isinstance(source, List | Quote):
            cost += LINE_COST * len(source.lines)
        self.length += len(text)
        if self.cost + cost > FIRST_COST + self.length // LENGTH_PER_COST:
            return False
        self.cost += cost
        return True

    def paints(self, text: str) -> bool:
        """Spend what painting this code costs, if that much is left."""
        cost = code.cost(text)
        if self.code + cost > code.PAINT_LIMIT:
            return False
        self.code += cost
        return True

    def copy(self) -> "Budget":
        twin = Budget()
        twin.length, twin.cost, twin.code = self.length, self.cost, self.code
        return twin
