"""Lines of an open list or quote as they are shown until they are rendered: without marks of the quote, and code inside
of it as code."""

from chat.markup import lines
from chat.markup.tree import DEEPEST


class RawLines:
    """Asked line by line. ``is_turned``: code has begun, or words behind it; ``has_items``: of a list in a quote."""

    def __init__(self) -> None:
        self.is_turned = self.has_items = False
        self._run = ""  # of the fence that is open
        self._indent = 0
        self._depth = 0  # of the quote that the fence is in
        self._is_first = False  # in the code
        self._is_behind = False  # code, and nothing else

    def forget(self) -> None:
        """What was said so far is rendered."""
        self.is_turned = self.has_items = False

    @property
    def is_code(self) -> bool:
        return bool(self._run)

    @property
    def ends_in_code(self) -> bool:
        return self.is_code or self._is_behind

    def shown(self, line: str, *, is_rendered: bool) -> str:
        """What is appended for this line, or for its start; a fence is always whole.

        :param is_rendered: viewers have everything before it as HTML.
        """
        if self._run:
            return self._code(_unquoted(line, self._depth)[0], is_rendered=is_rendered)
        bare, depth = _unquoted(line, DEEPEST)
        if self._opens(bare, depth):
            return ""
        if self._is_behind and lines.is_blank(bare):
            return ""
        self.is_turned, self._is_behind = self.is_turned or self._is_behind, False
        self.has_items = self.has_items or (depth > 0 and lines.item(bare) is not None)
        return f"\n{bare}"

    def _opens(self, line: str, depth: int) -> bool:
        """A fence, at the beginning of the line or of the items that begin with it."""
        rest = line
        for _ in range(DEEPEST):
            if not (found := lines.item(rest)):
                break
            rest, deeper = _unquoted(found["rest"], DEEPEST)
            depth += deeper
        if opening := lines.fence(rest):
            self._run, self._depth = opening["run"], depth
            self._indent = lines.untabbed(line).index(self._run)
            self.is_turned = self._is_first = True
        return opening is not None

    def _code(self, line: str, *, is_rendered: bool) -> str:
        if lines.closes(line, self._run):
            self._run, self._is_behind = "", True
            return ""
        is_in_frame, self._is_first = self._is_first and is_rendered, False
        return ("" if is_in_frame else "\n") + lines.dedented(line, self._indent)


def _unquoted(line: str, most: int) -> tuple[str, int]:
    """The line without so many marks of a quote at most, and how many there were."""
    for depth in range(most):
        if not lines.is_quote(line):
            return line, depth
        line = line.lstrip()[1:].removeprefix(" ")
    return line, most
