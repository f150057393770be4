"""Reading the code: what it sends, refuses and answers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from chat import limits
from chat.api import errors as api_errors
from chat.exceptions import ChatError
from chat.usage import refusals as usage_refusals
from tests.servers.programs import ROOT

SERVER_CODE = sorted(path for name in ("consumers", "hub", "events") for path in (ROOT / "chat" / name).rglob("*.py"))


def frame_types() -> Iterator[str]:
    for path in (*SERVER_CODE, ROOT / "chat" / "frames.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="plain") | ast.Attribute(attr="plain"), keywords=words):
                    yield from (str(ast.literal_eval(word.value)) for word in words if word.arg == "type")
                case ast.Call(func=ast.Name(id="_message"), args=[ast.Constant(value=str(kind)), *_]):
                    yield kind
                case ast.Dict(keys=[ast.Constant(value="type"), *_], values=[kind, *_]) if path.name == "frames.py":
                    if isinstance(kind, ast.Constant):
                        yield str(kind.value)


def close_codes() -> Iterator[int]:
    """Every number that a socket is closed with."""
    for path in SERVER_CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(attr="close" | "_turn_away"), args=args):
                    yield from numbers(args)
                case ast.Assign(targets=[ast.Name(id="CLOSE_CODES")], value=ast.Dict(values=values)):
                    yield from numbers(values)


def error_codes() -> set[tuple[str, str]]:
    """Each with its HTTP status, or a dash where only sockets use it."""
    statuses = {error.code: str(error.status) for error in refusals(ChatError) if error is not ChatError}
    return {(code, statuses.get(code, "–")) for code in {*statuses, *codes_of_sockets()}}


def codes_of_sockets() -> Iterator[str]:
    for path in SERVER_CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name("BadCommand") | ast.Attribute(attr="_refuse"), args=[_, _, code]):
                    if isinstance(code, ast.Constant):
                        yield str(code.value)


def refusals(kind: type[ChatError]) -> Iterator[type[ChatError]]:
    """What people and programs can be told; what staff and operators are told is not part of the protocol."""
    if kind.__module__ in {ChatError.__module__, limits.__name__, api_errors.__name__, usage_refusals.__name__}:
        yield kind
    for below in kind.__subclasses__():
        yield from refusals(below)


def addresses() -> Iterator[str]:
    for pattern in patterns(get_resolver().url_patterns):
        yield re.sub(r"<\w+:(\w+)>", lambda match: f"<{match[1].replace('pk', 'id')}>", f"/{pattern}")


def patterns(found: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for item in found:
        here = f"{prefix}{item.pattern}"
        if isinstance(item, URLPattern):
            yield here
        elif here == "":
            yield from patterns(item.url_patterns)
        else:  # a house of its own: what is in it is said elsewhere
            yield here if here == "admin/" else f"{here}…"


def chat_frame(text: str) -> tuple[str, set[str]]:
    """The type of the frame, and the names of its attributes."""
    head = re.search(r"<chat-frame ([^>]*?)\s*>", text)
    assert head, text
    kind = re.search(r'type="([^"]+)"', head[1])
    assert kind, text
    return kind[1], set(re.findall(r"([a-z-]+)(?:=\"[^\"]*\"|(?=\s|$))", head[1]))


def numbers(nodes: list[ast.expr]) -> list[int]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, int)]
