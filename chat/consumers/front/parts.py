"""What a message of a client of OpenAI is made of: texts, pictures, and files, which are told as those of rooms are."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from typing import Any

from chat.consumers.front.refusals import BadValue
from chat.providers import Document, Picture
from chat.replies.files import described
from chat.replies.framing import Attached
from chat.replies.texts import Excerpt, text_in

Part = str | Picture | Document

PICTURES = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG", "image/webp": b"RIFF", "image/gif": b"GIF8"}
NAMELESS = "file"
LONGEST_NAME = 200


def part_of(part: Any, where: str) -> Part:
    """:raises BadValue:"""
    match part:
        case {"type": "text", "text": str(text)}:
            return cleaned(text)
        case {"type": "refusal", "refusal": str(text)}:
            return cleaned(text)
        case {"type": "image_url", "image_url": {"url": str(url)}}:
            return _picture(url, where)
        case {"type": "file", "file": {"file_data": str(data), **others}}:
            return _file(data, others.get("filename"), where)
        case {"type": "file"}:
            raise BadValue(where, "send the file itself, as file_data in base64: none is kept here.")
    raise BadValue(where, "a part is a text, a picture as image_url, or a file with file_data.")


def cleaned(text: str) -> str:
    """Half a surrogate pair, which JSON can carry, is nothing that could be sent on."""
    return text.encode("utf-8", "replace").decode()


def _picture(url: str, where: str) -> Picture:
    """In the request itself: we fetch nothing for anybody."""
    mime_type, encoded = _data_url(url)
    if encoded is None:
        raise BadValue(where, "send the picture itself: data:image/png;base64,…")
    if mime_type not in PICTURES:
        raise BadValue(where, f"a picture is {', '.join(PICTURES)}.")
    return Picture(mime_type, _decoded(encoded, where))


def _file(data: str, filename: Any, where: str) -> Part:
    """What it is, its bytes say. A text is told with its name before it, where nothing in it can be taken for ours."""
    name = cleaned(filename)[:LONGEST_NAME] if isinstance(filename, str) and filename.strip() else NAMELESS
    mime_type, encoded = _data_url(data)
    content = _decoded(data if encoded is None else encoded, where)
    picture = next((kind for kind, mark in PICTURES.items() if content.startswith(mark)), "")
    if picture and (picture != "image/webp" or content[8:12] == b"WEBP"):
        return Picture(picture, content)
    text = text_in(content)
    if text is None:
        return Document(name, mimetypes.guess_type(name)[0] or mime_type or "application/octet-stream", content)
    return described(Attached(id=0, name=name, media_type="text/plain", size=len(content)), Excerpt(text))


def _data_url(url: str) -> tuple[str, str | None]:
    """Its type, and what is in base64; None if it is no such address."""
    head, comma, encoded = url.partition(",")
    mime_type, _, encoding = head.removeprefix("data:").partition(";")
    is_one = head.startswith("data:") and comma and encoding == "base64"
    return (mime_type, encoded) if is_one else ("", None)


def _decoded(encoded: str, where: str) -> bytes:
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise BadValue(where, "this is not base64.") from None
    if not content:
        raise BadValue(where, "this is empty.")
    return content
