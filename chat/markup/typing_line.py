"""The last line of a text that is still being written."""

from chat.markup import lines


class TypingLine:
    """Knows whether it is certain yet what the line is; asking costs nothing that grows with the line."""

    def __init__(self) -> None:
        self.is_settled = False
        self._parts: list[str] = []
        self._start = ""
        self._is_blank = True

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def add(self, part: str) -> bool:
        """Whether the line has just become certain."""
        self._parts.append(part)
        if self.is_settled:
            return False
        self._is_blank = self._is_blank and lines.is_blank(part)
        if len(self._start) <= lines.LONGEST_MARK:
            self._start += part
        self.is_settled = not self._is_blank and lines.is_settled(self._start)
        return self.is_settled
