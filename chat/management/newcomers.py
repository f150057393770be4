"""The assistants that `setup` makes by itself: one for each server it is told about, and the one that is built in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

from chat.providers import NEEDS_MODEL, Backend, Timeouts, close_clients
from chat.providers.openai.checking import list_models
from chat.providers.trouble import Trouble

OPENAI_URL = "https://api.openai.com/v1"
DIFY_URL = "https://api.dify.ai/v1"
OPENROUTER_URL = "https://openrouter.ai/api/v1"
BUILT_IN = "demo"
ASKING = Timeouts(connect=2, headers=3, total=5)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """``is_elsewhere``: its address comes from a variable, and follows it whenever that changes."""

    slug: str
    provider: str
    base_url: str = ""
    key_env: str = ""
    model: str = ""
    is_elsewhere: bool = False


def newcomers() -> Iterator[Newcomer]:
    yield Newcomer(BUILT_IN, "demo")
    if settings.OPENAI_API_KEY:
        url = settings.OPENAI_BASE_URL
        yield Newcomer("openai", "openai", url or OPENAI_URL, "OPENAI_API_KEY", "gpt-4.1-mini", is_elsewhere=bool(url))
    if settings.OPENROUTER_API_KEY:
        yield Newcomer("openrouter", "openai", OPENROUTER_URL, "OPENROUTER_API_KEY", "openrouter/auto")
    if settings.OLLAMA_URL:
        yield Newcomer(
            "ollama", "openai", f"{settings.OLLAMA_URL.removesuffix('/v1')}/v1", "", "llama3.2", is_elsewhere=True
        )
    if settings.DIFY_API_KEY:
        url = settings.DIFY_API_URL
        yield Newcomer("dify", "dify", url or DIFY_URL, "DIFY_API_KEY", is_elsewhere=bool(url))


def unheard() -> Iterator[tuple[str, str]]:
    """Addresses of servers, each with the variable without which nobody is made of it."""
    for place, key in (("OPENAI_BASE_URL", "OPENAI_API_KEY"), ("DIFY_API_URL", "DIFY_API_KEY")):
        if getattr(settings, place) and not getattr(settings, key):
            yield place, key


def model_for(newcomer: Newcomer) -> str:
    """The model we would choose. A server somewhere else is asked once what it has, and may know only others."""
    if not newcomer.is_elsewhere or newcomer.provider not in NEEDS_MODEL:
        return newcomer.model
    offered = asyncio.run(_offered(newcomer))
    if not offered or newcomer.model in offered:
        return newcomer.model
    able = sorted(name for name in offered if "embed" not in name.lower()) or sorted(offered)
    return next((name for name in able if name.startswith(newcomer.model)), able[0])


async def _offered(newcomer: Newcomer) -> frozenset[str]:
    key = settings.READ_SECRET(newcomer.key_env) if newcomer.key_env else ""
    try:
        return await list_models(Backend(base_url=newcomer.base_url, key=key, timeouts=ASKING))
    except Trouble:
        return frozenset()
    finally:
        await close_clients()
