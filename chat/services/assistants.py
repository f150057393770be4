from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction

from chat import events, providers
from chat.exceptions import Invalid, NameTaken
from chat.models import Assistant, User
from chat.services.people import check_user, reactivate
from chat.services.stopping import stop_answers_of
from chat.services.wiring import check_wiring, lock_chains

MOST_URL = 300
ENDPOINTS = ("/chat/completions", "/chat-messages")
FIELDS = (
    "provider",
    "base_url",
    "key_env",
    "model",
    "prompt",
    "temperature",
    "max_tokens",
    "context_tokens",
    "first_byte_seconds",
    "is_reasoning_model",
    "sees_images",
    "headers",
    "query",
    "body",
    "fallback",
    "at_once",
    "prompt_price",
    "completion_price",
    "enabled",
)


def save_assistant(*, slug: str, by: Any = None, **given: Any) -> tuple[Assistant, bool]:
    """Make an assistant, or change what is given of it. True if it is new. Switched off, it stops what it writes.

    :param by: the person by whom it then says that it was stopped, if there is one.
    :raises NameTaken: the name belongs to a person or a bot.
    :raises Invalid: an unknown provider, a wrong URL, temperature or variable name, a key instead of its variable.
    """
    slug = slug.strip().casefold()
    unknown = set(given) - set(FIELDS)
    if unknown:
        raise TypeError(f"unknown fields: {sorted(unknown)}")
    with transaction.atomic():
        user = User.objects.filter(username=slug).first()
        if user is not None and not user.is_assistant:
            raise NameTaken(f"{slug} is the name of somebody else already.")
        if given.get("fallback") is not None:
            lock_chains()
        assistant = Assistant.objects.filter(user=user).first() if user else None
        is_new = assistant is None
        if assistant is None:
            assistant = Assistant(user=user or _new_user(slug))
        was_enabled = assistant.enabled
        for field, value in given.items():
            setattr(assistant, field, value)
        assistant.base_url = assistant.base_url.rstrip("/")  # one back end, one line in front of it
        check_assistant(assistant)
        assistant.save()
        if was_enabled and not is_new and not assistant.enabled:
            events.after_commit(events.access_changed)
            stop_answers_of(assistant, by=by)
    return assistant, is_new


def introduce_assistant(*, slug: str, **given: Any) -> tuple[Assistant, bool]:
    """As ``save_assistant``; but whom only the import of a room has made is new, too, and gets an open account."""
    slug = slug.strip().casefold()
    with transaction.atomic():
        is_remembered = _is_only_remembered(slug)
        if is_remembered:
            given = {"enabled": True, **given}
        assistant, is_new = save_assistant(slug=slug, **given)
        if is_remembered:
            reactivate(person=assistant.user, by=None)
    return assistant, is_new or is_remembered


def check_assistant(assistant: Assistant) -> None:
    """:raises Invalid:"""
    if assistant.provider not in providers.KINDS:
        raise Invalid(f"{assistant.provider} is no provider; there are {', '.join(providers.KINDS)}.")
    if assistant.provider != "demo" and not assistant.base_url:
        raise Invalid("This provider needs a base URL, like https://api.openai.com/v1.")
    if assistant.base_url:
        check_base_url(assistant.base_url)
    try:
        assistant.clean_fields(exclude=["user", "base_url"])
    except ValidationError as error:
        raise Invalid.by_field(error) from error
    check_wiring(assistant)


def check_base_url(address: str) -> None:
    """Hosts without a dot are fine: that is what the servers beside a container are called.

    :raises Invalid:
    """
    try:
        parts = urlsplit(address)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        has_password = "@" in parts.netloc
    except ValueError:
        is_usable = has_password = False
    if has_password:
        raise Invalid("No name or password in a base URL: it goes into a header, as the name of a variable.")
    if "?" in address or "#" in address:
        raise Invalid("No ? and no # in a base URL: what would follow goes into the query parameters.")
    if address.rstrip("/").endswith(ENDPOINTS):
        raise Invalid("A base URL ends before that: /chat/completions or /chat-messages is appended to it.")
    if not is_usable or len(address) > MOST_URL or any(character.isspace() for character in address):
        raise Invalid("A base URL is like https://api.openai.com/v1 or http://127.0.0.1:11434/v1.")


def _is_only_remembered(slug: str) -> bool:
    """Whom an imported room only names, without a reply of theirs, is nothing but an account."""
    known = Assistant.objects.named(slug).select_related("user").first()
    if known is None:
        return User.objects.named(slug).filter(kind=User.Kind.ASSISTANT, is_active=False).exists()
    return known.is_only_remembered


def _new_user(slug: str) -> User:
    user = User(username=slug, kind=User.Kind.ASSISTANT)
    user.set_unusable_password()
    check_user(user)
    user.save(force_insert=True)
    return user
