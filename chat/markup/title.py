"""What a conversation is called by its first words."""

import re

from chat.markup.excerpt import excerpt, shortened
from chat.markup.hygiene import clean_text
from chat.markup.names import clean_line

_LOOK_AT = 4_000  # characters: whoever pastes a book says early what they want
_CALLED = re.compile(r"^(?:@[\w.-]+[,:]?\s+)+")
_SENTENCE = re.compile(r".{6,}?(?:[.!?…](?=\s)|[。！？])")  # the shortest one: "z. B." is no sentence
_QUOTES = "\"'“”„‘’«»"


def title(text: str, length: int = 60) -> str:
    """The first sentence or line, without markup and what cannot be seen.

    At most `length` characters, and cut at the end of a word.
    """
    for line in clean_text(text[:_LOOK_AT]).split("\n"):
        words = _CALLED.sub("", excerpt(line, _LOOK_AT)).strip(_QUOTES + " ")
        if any(character.isalnum() for character in words):
            found = _SENTENCE.match(words)
            begun = clean_line((found[0] if found else words)[: 4 * length])
            return shortened(begun.rstrip(".:;, "), length)
    return ""
