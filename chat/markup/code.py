"""Fenced code, painted by Pygments where that is sure to be quick."""

import logging
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType

logger = logging.getLogger(__name__)

PAINT_LIMIT = 16_000  # what may be painted in one text: about 300 lines
LONGEST_NAME = 30

# Lexers are regular expressions, and many are quadratic in something: 20,000 line feeds keep the one for Java
# busy for 12 seconds. So the languages are chosen, and code of a shape that nobody writes stays plain.
LANGUAGES = frozenset(
    name
    for names in (
        "bash console docker dockerfile make makefile powershell ps1 sh shell zsh",
        "c c# c++ cpp cs csharp go golang java kotlin lua perl php r rb rs ruby rust swift zig",
        "css html javascript js json jsx scss ts tsx typescript xml",
        "diff graphql ini nginx py pycon python python3 pytb sql toml yaml yml",
    )
    for name in names.split()
)
LONGEST_LINE = 300
LONGEST_WORD = 120
MOST_UNCLOSED = 20  # comments, or long brackets
MOST_WORDS = 60  # in a row, with no punctuation between them

_PUNCTUATION = re.compile(r"[^\w\s]")
_WORD = re.compile(r"\w+")
_WORDS = re.compile(r"[\w$.?<>\[\]\s]+")
_REPEATED = re.compile(r"([^\w\s])\1{80}|(?:\n[^\S\n]*){20}")

# Names, punctuation and white space are ink: no page needs a tag for them.
_INK = frozenset({"", "n", "p", "w", "o", "err", "x", "esc"})
CLASSES = frozenset(STANDARD_TYPES.values()) - _INK


def figure(code: str, language: str, *, is_painted: bool) -> str:
    """The frame the page knows, with the code in it."""
    name = language[:LONGEST_NAME]
    body = painted(code, name) if is_painted else escape(code, quote=False)
    return (
        '<figure class="code" dir="ltr">'
        f'<figcaption class="code__head"><span>{escape(name, quote=False)}</span></figcaption>'
        f'<pre class="code__body" tabindex="0"><code>{body}</code></pre></figure>'
    )


def cost(code: str) -> int:
    """Punctuation weighs more: it is a token for each character."""
    return len(code) + 2 * len(_PUNCTUATION.findall(code[:PAINT_LIMIT]))


def painted(code: str, language: str) -> str:
    """The code with its classes, or just escaped: Pygments is somebody else's hundred thousand lines."""
    name = language.casefold()
    if name not in LANGUAGES or is_strange(code):
        return escape(code, quote=False)
    try:
        return "".join(_spans(_tokens(name, code)))
    except Exception:
        logger.warning("Code in %s could not be painted", name, exc_info=True)
        return escape(code, quote=False)


def is_strange(code: str) -> bool:
    """Whether the code has a shape on which lexers are known to go astray."""
    return (
        max(map(len, code.split("\n"))) > LONGEST_LINE
        or max(map(len, _WORD.findall(code)), default=0) > LONGEST_WORD
        or _REPEATED.search(code) is not None
        or code.count("/*") > code.count("*/") + MOST_UNCLOSED
        or code.count("[=") > MOST_UNCLOSED
        or any(len(words.split()) > MOST_WORDS for words in _WORDS.findall(code))
    )


def _tokens(name: str, code: str) -> Iterator[tuple[str, str]]:
    """:raises ValueError: one says more than there is: HCL's, which is not among ours, made 12 MB of 11 KB."""
    left = len(code)
    for _, kind, text in _lexer(name).get_tokens_unprocessed(code):
        left -= len(text)
        if left < 0:
            raise ValueError("It says things twice.")
        yield _class_of(kind), text


def _spans(tokens: Iterable[tuple[str, str]]) -> Iterable[str]:
    for name, text in tokens:
        html = escape(text, quote=False)
        yield html if name in _INK else f'<span class="{name}">{html}</span>'


@lru_cache(maxsize=1_000)
def _class_of(kind: _TokenType) -> str:
    known = kind
    while known not in STANDARD_TYPES and known.parent:
        known = known.parent
    return STANDARD_TYPES[known]


@lru_cache(maxsize=len(LANGUAGES))
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language)
