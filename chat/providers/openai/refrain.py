"""What a back end says around each word is the same for a whole answer: only the word has to be parsed."""

from __future__ import annotations

import re
from json.decoder import scanstring  # type: ignore[attr-defined]

from chat.providers.jsontext import object_at
from chat.providers.openai.chunks import only_text_in

_BEGINS = "data: "
_CONTENT = re.compile(r'"content"\s*:\s*"')  # in the words themselves such quotes are escaped
_MOST_LESSONS = 3  # in vain: where each event says something else, as some padding, there is nothing to learn


class Refrain:
    """Exact: an event that is the same as one before, up to a string and behind it, says the same but for that
    string. Whatever is not so is left to who knows all the rules."""

    def __init__(self) -> None:
        self._before = self._after = ""
        self._lessons = 0

    def take_words(self, received: bytes) -> tuple[list[str], bytes]:
        """The words of the events at the beginning; and what is left. Not in the middle of an event."""
        words: list[str] = []
        try:
            text = received.decode()
        except UnicodeDecodeError:
            return words, received
        at = 0
        while self._before and text.startswith(self._before, at):
            try:
                word, end = scanstring(text, at + len(self._before))
            except ValueError:  # the rest of it is to come
                break
            if not text.startswith(self._after, end):
                break
            words.append(word)
            at = end + len(self._after)
        if words:
            self._lessons = 0
            return words, text[at:].encode()
        if self._lessons < _MOST_LESSONS:
            self._learn(text)
        return words, received

    def _learn(self, text: str) -> None:
        """From the event at the beginning, if it is whole and says a word and nothing else."""
        event, end, _ = text.partition("\n\n")
        found = object_at(event, len(_BEGINS)) if end and event.startswith(f"{_BEGINS}{{") else None
        if found is None or found[1] != len(event) or (word := only_text_in(found[0])) is None:
            return
        self._lessons += 1
        places = [place.end() for place in _CONTENT.finditer(event)]
        if len(places) == 1 and (said := scanstring(event, places[0]))[0] == word:
            self._before, self._after = event[: places[0]], event[said[1] :] + end
