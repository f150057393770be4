"""The options of `addassistant`, and what they ask of an assistant's row."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction
from typing import Any

from chat.management.plain import amount_or_nothing, assistant_named
from chat.models import Assistant
from chat.services.assistants import FIELDS

_TAKEN_BACK_BY = {  # given so, an option is as if it had never been given
    "temperature": "",
    "prompt_price": "",
    "completion_price": "",
    "max_tokens": 0,
    "context_tokens": 0,
    "first_byte_seconds": 0,
    "at_once": 0,
}


def add_wiring_arguments(parser: ArgumentParser) -> None:
    tokens = "how many tokens the model reads and writes in one go; 0: as HISTORY_TOKENS says"
    price = {"type": amount_or_nothing, "help": "US dollars per million tokens; empty: unknown"}
    parser.add_argument("--context-tokens", type=int, help=tokens)
    parser.add_argument(
        "--first-byte-seconds",
        type=int,
        metavar="SECONDS",
        help="until an answer begins; 0: 120. A local server may have to load its model first",
    )
    parser.add_argument(
        "--reasoning-model",
        dest="is_reasoning_model",
        action=BooleanOptionalAction,
        help="asked as OpenAI's are; its answer has ten minutes at least to begin, and is not asked for twice",
    )
    parser.add_argument("--sees-images", action=BooleanOptionalAction, help="a model with vision: pictures go along")
    parser.add_argument(
        "--header",
        dest="headers",
        action="append",
        type=pair,
        metavar="NAME=VALUE",
        help="sent with each request; a VALUE like $ACME_KEY is that variable's; empty: no longer. May be repeated",
    )
    parser.add_argument(
        "--query", action="append", type=pair, metavar="NAME=VALUE", help="a query parameter, in the same way"
    )
    parser.add_argument("--body", type=json_object, metavar="JSON", help="keys for the body of each request; {}: none")
    parser.add_argument("--fallback", metavar="SLUG", help="who answers when its server cannot; empty: nobody")
    parser.add_argument("--at-once", type=int, help="at most so many replies at a time; 0: as many as come")
    parser.add_argument("--prompt-price", **price)  # type: ignore[arg-type]
    parser.add_argument("--completion-price", **price)  # type: ignore[arg-type]


def wanted_of(given: dict[str, Any], known: Assistant | None) -> dict[str, Any]:
    """What is given, with nothing for what is taken back; a header or parameter leaves the others as they are."""
    wanted = {field: given[field] for field in FIELDS if given.get(field) is not None}
    for field, empty in _TAKEN_BACK_BY.items():
        if wanted.get(field) == empty:
            wanted[field] = None
    for field in {"headers", "query"} & wanted.keys():
        merged = {**(getattr(known, field) if known else {}), **dict(wanted[field])}
        wanted[field] = {name: value for name, value in merged.items() if value}
    if "fallback" in wanted:
        wanted["fallback"] = assistant_named(wanted["fallback"]) if wanted["fallback"] else None
    return wanted


def pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ArgumentTypeError(f"{text!r} is not like NAME=VALUE")
    return name.strip(), value.strip()


def json_object(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise ArgumentTypeError('a JSON object, like {"models": ["a/x", "b/y"]}')
    return parsed
