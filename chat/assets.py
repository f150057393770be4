"""Our many small files as two, so that a page costs two requests and each is compressed as a whole; a few more have
what only some pages need: those with files on them, those whose reader writes a name, and those outside the rooms.

They are joined in memory, at the first use: nothing is built, and what lies in ``static/`` is what runs, line by line,
but for comments, indentation and empty lines: they are a quarter of what would be sent. Styles lose all space that says
nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

# In this order: whoever listens is there before whoever speaks.
ELEMENTS = (
    "telling",
    "own-requests",
    "local-time",
    "theme-switch",
    "room-link",
    "room-list",
    "pane-place",
    "room-frame",
    "kept-selection",
    "reply-body",
    "reply-clock",
    "reply-hold",
    "message-fold",
    "new-pill",
    "renewed-reply",
    "message-list",
    "history-pages",
    "reader-place",
    "message-keys",
    "message-edit",
    "message-actions",
    "pop-sheet",
    "file-code",
    "given-files",
    "outbox-store",
    "message-outbox",
    "message-courier",
    "message-composer",
    "name-code",
    "typing-line",
    "connection-light",
    "connection-banner",
    "code-copy",
    "live-lines",
    "live-revisions",
    "chat-live",
)
# What is asked for once there are files, or names are written: see file-code.js and name-code.js.
OF_FILES = ("file-store", "file-sending", "chosen-files", "picture-viewer")
SCRIPTS = {"app.js": ELEMENTS, "files.js": OF_FILES, "names.js": ("mention-completion",)}
STYLES = ("app.css", "account.css")
IMPORT = re.compile(r'@import url\("([^"]+)"\) layer\((\w+)\);')
STYLE_COMMENT = re.compile(r"/\*.*?\*/\n?", re.DOTALL)
# What is in quotes stays. Around these signs no space means anything, nor what ends the last declaration of a rule.
STYLE_SPACE = re.compile(r"""("[^"]*"|'[^']*')|[;\s]*(})\s*|\s*([;{,])\s*""")
# In another language than English /words.js has come before, and defines them.
WORDS = """const gettext = globalThis.gettext ?? (words => words)
const ngettext = globalThis.ngettext ?? ((one, many, count) => count === 1 ? one : many)
"""
# A line of its own, or behind code: there what has a quote in it stays, for it may be words.
SCRIPT_COMMENT = re.compile(r"^[ \t]*//.*\n|(?<=\S) // [^\"'`\n]*$", re.MULTILINE)
INDENTATION = re.compile(r"^\s+", re.MULTILINE)  # and empty lines
STYLE, SCRIPT = "text/css; charset=utf-8", "text/javascript; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Asset:
    """One joined file; ``version`` changes with its content."""

    content_type: str
    version: str
    content: bytes
    compressed: bytes


def asset(name: str) -> Asset:
    """:raises KeyError: there is no such file."""
    return (_joined if settings.DEBUG else _kept)(name)


def versioned(name: str) -> str:
    """``app.css`` as it is addressed: ``app.1f9c0a7e5b.css``."""
    stem, _, ending = name.partition(".")
    return f"{stem}.{asset(name).version}.{ending}"


def _joined(name: str) -> Asset:
    is_style = name.endswith(".css")
    content = INDENTATION.sub("", _styles(name) if is_style else _scripts(name)).encode()
    version = hashlib.sha256(content).hexdigest()[:10]
    return Asset(STYLE if is_style else SCRIPT, version, content, gzip.compress(content, mtime=0))


_kept = cache(_joined)


def _styles(name: str) -> str:
    """One stylesheet, with each import in its place."""
    if name not in STYLES:
        raise KeyError(name)
    joined = IMPORT.sub(
        lambda found: f"@layer {found[2]} {{\n{source_of(f'css/{found[1]}')}}}", source_of(f"css/{name}")
    )
    return STYLE_SPACE.sub(lambda found: "".join(filter(None, found.groups())), STYLE_COMMENT.sub("", joined))


def _scripts(name: str) -> str:
    """One module; each file in a block of its own, as it was in a module of its own."""
    opening = ["js/opening.js"] if name == "app.js" else []
    files = [*opening, *(f"js/elements/{element}.js" for element in SCRIPTS[name])]
    joined = "\n".join(f"{{\n{source_of(file)}}}" for file in files)
    return WORDS + SCRIPT_COMMENT.sub("", joined)


def source_of(name: str) -> str:
    found = finders.find(name)
    assert found is not None, f"static/{name} is missing"
    return Path(found).read_text()
