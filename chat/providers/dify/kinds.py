"""What Dify calls a file, which it tells by the end of its name."""

from __future__ import annotations

from collections.abc import Mapping

from chat.providers.base import Document, Picture

_KINDS: Mapping[str, str] = {
    "document": "txt md mdx markdown pdf html htm xlsx xls doc docx csv eml msg pptx ppt xml epub",
    "audio": "mp3 m4a wav amr mpga",
    "video": "mp4 mov mpeg webm",
}
_KIND_OF_ENDING = {ending: kind for kind, endings in _KINDS.items() for ending in endings.split()}


def kind_of(file: Picture | Document) -> str:
    return "image" if isinstance(file, Picture) else _KIND_OF_ENDING.get(ending_of(file), "custom")


def ending_of(file: Picture | Document) -> str:
    return "" if isinstance(file, Picture) else file.name.rpartition(".")[2].lower()
