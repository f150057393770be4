"""What an assistant's row may say about its requests: extra headers, query and body, and who stands in for it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator

from chat.exceptions import Invalid
from chat.models import Assistant
from chat.providers import looks_like_a_key

MOST_ENTRIES = 30
MOST_CHARACTERS = 2000
MOST_BODY = 20_000
OURS = {  # the keys of a body without which nobody would be asked anything
    "openai": ("messages", "stream"),
    "dify": ("query", "response_mode", "user", "conversation_id", "files"),
}
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x20-\x7e]*")
_HOLDS_A_KEY = re.compile(
    r"(?:^|[-_])(?:auth|authorization|api-?key|key|token|bearer|jwt|secret|pass(?:word|wd)?|cookie|credentials?"
    r"|sig|signature)$",
    re.IGNORECASE,
)
# Some keys of a body end alike and hold none, like ``prompt_cache_key``.
_HOLDS_A_KEY_IN_BODY = re.compile(
    r"(?:^|[-_])(?:authorization|api[-_]?key|access[-_]?token|secret|password)$", re.IGNORECASE
)
_REMEDY = "a key is never stored: give the name of an environment variable, like $ACME_KEY."


def check_wiring(assistant: Assistant) -> None:
    """:raises Invalid:"""
    _check_map("headers", assistant.headers)
    _check_map("query", assistant.query)
    _check_body(assistant.body, OURS.get(assistant.provider, OURS["openai"]))
    for name in ("base_url", "model", "prompt"):
        if looks_like_a_key(getattr(assistant, name)):
            raise Invalid(f"{name}: {_REMEDY}")
    _check_fallback(assistant)


def lock_chains() -> None:
    """Of two changes which together would make a circle of fallbacks, the second one sees the first. Who asks some of
    them meanwhile does not wait, and is not waited for."""
    list(Assistant.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _check_map(name: str, given: object) -> None:
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in (*given, *given.values())):
        raise Invalid(f'{name}: a JSON object of texts, like {{"api-version": "2024-10-21"}}.')
    if len(given) > MOST_ENTRIES:
        raise Invalid(f"{name}: at most {MOST_ENTRIES} of them.")
    for key, value in given.items():
        if not _TOKEN.fullmatch(key) or not _VALUE.fullmatch(value) or len(value) > MOST_CHARACTERS:
            raise Invalid(f"{name}: {key[:40]!r} is no name, or its value is not a line of plain characters.")
        if not Assistant.variable_in(value) and (_HOLDS_A_KEY.search(key) or looks_like_a_key(value)):
            raise Invalid(f"{name}: {key}: {_REMEDY}")


def _check_body(given: object, ours: Collection[str]) -> None:
    if not isinstance(given, dict):
        raise Invalid('body: a JSON object, like {"models": ["a/x", "b/y"]}.')
    if taken := [key for key in ours if key in given]:
        raise Invalid(f"body: {', '.join(taken)} {'are' if len(taken) > 1 else 'is'} written by the server itself.")
    try:
        written = json.dumps(given, allow_nan=False, ensure_ascii=False)
        written.encode()
        holds_a_key = _holds_a_key(given)
    except (ValueError, RecursionError) as error:  # databases and back ends would refuse it later
        raise Invalid("body: there is something in it that is no JSON.") from error
    if len(written) > MOST_BODY or "\\u0000" in written:
        raise Invalid(f"body: at most {MOST_BODY} characters, and no zero among them.")
    if holds_a_key:
        raise Invalid(f"body: {_REMEDY} It goes into a header or a query parameter.")


def _holds_a_key(given: object) -> bool:
    """:raises RecursionError: too much of it is in each other."""
    is_held = any(looks_like_a_key(text) for text in _texts_in(given))
    return is_held or any(map(_HOLDS_A_KEY_IN_BODY.search, _names_in(given)))


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for part in pair for text in _texts_in(part))
    elif isinstance(value, list):
        yield from (text for part in value for text in _texts_in(part))


def _names_in(value: object) -> Iterator[str]:
    """Those that stand for a text."""
    if isinstance(value, dict):
        yield from (name for name, held in value.items() if isinstance(held, str))
        yield from (name for held in value.values() for name in _names_in(held))
    elif isinstance(value, list):
        yield from (name for held in value for name in _names_in(held))


def _check_fallback(assistant: Assistant) -> None:
    """A chain of stand-ins has an end. Read anew, link by link: what is in hand may be from before a rival's change."""
    names, seen = [], {assistant.pk} - {None}
    link = assistant.fallback_id
    while link is not None:
        stand_in = Assistant.objects.select_related("user").get(pk=link)
        names.append(stand_in.slug)
        if stand_in.pk in seen:
            raise Invalid(f"fallback: a circle, by {', '.join(names)}.")
        seen.add(stand_in.pk)
        link = stand_in.fallback_id
