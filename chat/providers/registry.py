"""The kinds of provider there are. A new one is a module that fulfils the protocol, and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chat.providers.base import Backend, Provider
from chat.providers.demo import DemoProvider
from chat.providers.dify import DifyProvider
from chat.providers.openai import OpenAIProvider

_MAKERS: Mapping[str, Callable[[Backend], Provider]] = {
    "demo": lambda backend: DemoProvider(),
    "openai": OpenAIProvider,
    "dify": DifyProvider,
}

KINDS: tuple[str, ...] = tuple(_MAKERS)
NEEDS_MODEL = frozenset({"openai"})  # elsewhere the back end itself knows which one


def create(kind: str, backend: Backend) -> Provider:
    """:raises ValueError: no such kind."""
    if kind not in _MAKERS:
        raise ValueError(f"There is no provider {kind!r}; the known ones are {', '.join(KINDS)}.")
    return _MAKERS[kind](backend)
