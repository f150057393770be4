"""Does an assistant work? Asked by commands and by staff; both wait for the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from django.conf import settings
from django.utils import timezone

from chat.exceptions import ChatError
from chat.models import Assistant
from chat.models.users import RESERVED_NAMES
from chat.providers import (
    NEEDS_MODEL,
    PLAIN_WORDS,
    ChatRequest,
    Check,
    Failed,
    File,
    Provider,
    Replace,
    Text,
    Turn,
    close_clients,
)
from chat.replies.briefing import provider_of
from chat.replies.prompting import Place, filled_in

T = TypeVar("T")

QUESTION = "Who are you? Answer in one short sentence."
TRIAL_SECONDS = 30


class NoAnswer(ChatError):
    """What went wrong, in the provider's own words: for staff."""

    code = "no_answer"
    status = 502


def missing(assistant: Assistant) -> str:
    """What is not set up yet, as a sentence; nothing if all is there. Asks nobody."""
    if not assistant.user.is_active:
        return "Its account is closed; in /admin/, among the users, it is opened again."
    for name in assistant.variables:
        if name in settings.OWN_VARIABLES:
            return f"The variable {name} is the site's own, and is sent to nobody: name another one."
        if not settings.READ_SECRET(name):
            return f"The variable {name} is not set."
    if assistant.provider in NEEDS_MODEL and not assistant.names_model:
        return "No model is named."
    return ""


def trouble_with_default() -> tuple[str, str]:
    """Why nobody new gets a room with the site's own assistant, and what mends it; twice nothing if they do."""
    slug = settings.DEFAULT_ASSISTANT
    assistant = Assistant.objects.named(slug).select_related("user").first()
    if assistant is None and slug in RESERVED_NAMES:
        return "is a name that nobody can have", "set it to the name of an assistant."
    if assistant is None or assistant.is_only_remembered:
        return "is not here", f"manage.py addassistant {slug} --provider …"
    enable, reopen = f"manage.py addassistant {slug} --enabled", f"in /admin/, among the users, “Reactivate” for {slug}"
    if assistant.user.is_active:
        return ("", "") if assistant.enabled else ("is disabled", enable)
    if assistant.enabled:
        return "has a closed account", reopen
    return "is disabled and has a closed account", f"{enable}, and {reopen}"


def check(assistant: Assistant) -> Check:
    """Is its server reachable, and does it know the model?"""
    if lack := missing(assistant):
        return Check(False, lack)
    return _wait_for(_check(provider_of(assistant), assistant.model))


def try_out(assistant: Assistant, question: str = QUESTION) -> str:
    """Ask it something, outside any room, and else as rooms do: one that reasons first needs tokens for that.

    :raises NoAnswer:
    """
    if lack := missing(assistant):
        raise NoAnswer(lack)
    prompt = filled_in(assistant.prompt, Place(room="", topic="", date=timezone.localdate(), members=[])).strip()
    request = ChatRequest(
        turns=(*([Turn("system", prompt)] if prompt else []), Turn("user", question)),
        model=assistant.model,
        temperature=assistant.temperature,
        max_tokens=assistant.max_tokens,
    )
    return _wait_for(_ask(provider_of(assistant), request))


def _wait_for(work: Coroutine[Any, Any, T]) -> T:
    """On a loop of its own: called from threads that have none."""

    async def alone() -> T:
        try:
            return await work
        finally:
            await close_clients()

    return asyncio.run(alone())


async def _check(provider: Provider, model: str) -> Check:
    try:
        async with asyncio.timeout(TRIAL_SECONDS):
            return await provider.check(model)
    except TimeoutError:
        return Check(False, f"No answer within {TRIAL_SECONDS} seconds.")


async def _ask(provider: Provider, request: ChatRequest) -> str:
    try:
        async with asyncio.timeout(TRIAL_SECONDS):
            return await _answer(provider, request)
    except TimeoutError as error:
        raise NoAnswer(f"No answer within {TRIAL_SECONDS} seconds.") from error


async def _answer(provider: Provider, request: ChatRequest) -> str:
    text = ""
    async with aclosing(provider.stream(request)) as events:
        async for event in events:
            match event:
                case Text(delta):
                    text += delta
                case Replace(whole):
                    text = whole
                case File():
                    text += event.link
                case Failed(kind=kind, message=message):
                    raise NoAnswer(f"{PLAIN_WORDS[kind]} ({message})")
    return text.strip() or "(An empty answer.)"
