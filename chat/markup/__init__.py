"""Markdown in, safe HTML out, whole or while it grows. No Django."""

from chat.markup.emoji import is_emoji, plain_emoji
from chat.markup.excerpt import excerpt
from chat.markup.growing import Growing
from chat.markup.hygiene import clean_text
from chat.markup.names import clean_line, likeness, words_alike
from chat.markup.passage import Stretch, passage
from chat.markup.people import Mentioned, names_in
from chat.markup.pieces import Block, Part, Piece, Tail
from chat.markup.rendering import TEXT_LIMIT, VERSION, Rendered, render
from chat.markup.title import title

__all__ = [
    "TEXT_LIMIT",
    "VERSION",
    "Block",
    "Growing",
    "Mentioned",
    "Part",
    "Piece",
    "Rendered",
    "Stretch",
    "Tail",
    "clean_line",
    "clean_text",
    "excerpt",
    "is_emoji",
    "likeness",
    "names_in",
    "passage",
    "plain_emoji",
    "render",
    "title",
    "words_alike",
]
