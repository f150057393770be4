"""A team's assistants outside of rooms: who may ask which, at whose cost, and who stands in. All of it blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from chat import limits, usage
from chat.exceptions import AssistantUnavailable, ChatError, Invalid, NotFound
from chat.models import Assistant, UsageRecord, User
from chat.providers import ChatRequest, Conversation, Document, Picture, Provider, Turn
from chat.replies.briefing import allowance_of, provider_of
from chat.replies.capacity import limit_of
from chat.replies.pictures import NotAPicture, fitted, measured, tokens_at
from chat.replies.prompting import Place, filled_in
from chat.replies.tokens import estimate_tokens

MOST_CHARACTERS_OF_A_TOKEN = 8
BESIDE_THE_WINDOW = 32_000  # characters: more than that too long is not worth an estimate
LARGEST_WINDOW = 1_000_000  # tokens, of models whose assistant names none


class TooLong(Invalid):
    """Longer than any model of this window reads, however its words are counted."""

    code = "context_length_exceeded"
    status = 400
    text = gettext_lazy("The conversation is too long for this model.")


class Busy(AssistantUnavailable):
    code = "busy"
    status = 503
    text = gettext_lazy("Too many answers are being written at once. Try again in a moment.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for, whoever answers it."""

    turns: tuple[Turn, ...]
    temperature: float | None = None
    max_tokens: int | None = None
    wishes: Mapping[str, object] = field(default_factory=dict)  # as OpenAI names them, for back ends that know them

    @property
    def has_pictures(self) -> bool:
        return any(turn.pictures for turn in self.turns)

    @property
    def documents(self) -> list[Document]:
        return [document for turn in self.turns for document in turn.documents]

    def seen(self, through: Callable[[list[Picture]], list[Picture]]) -> Wish:
        """With other pictures in the places of these."""
        others = iter(through([picture for turn in self.turns for picture in turn.pictures]))
        return replace(
            self, turns=tuple(replace(one, pictures=tuple(islice(others, len(one.pictures)))) for one in self.turns)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """One request that may go out to a back end. It is given back to ``conclude`` exactly once."""

    by: User
    wish: Wish
    assistant: Assistant
    permit: usage.Permit
    provider: Provider
    request: ChatRequest
    prompt_tokens: int
    asked_before: frozenset[int] = frozenset()  # those in whose place it answers


def models() -> list[Assistant]:
    return list(Assistant.objects.enabled().select_related("user").order_by("user__username"))


def model_named(name: str) -> Assistant:
    """:raises NotFound:"""
    found = Assistant.objects.enabled().named(name).select_related("user").first()
    if found is None:
        raise NotFound(f"There is no model {name!r} here. GET /v1/models lists them.")
    return found


def commission(*, by: User, model: str, wish: Wish) -> Commission:
    """Somebody asks an assistant for one answer, and nothing of it is kept but what it costs.

    :raises NotFound: no such assistant. :raises TooLong: for its window.
    :raises Invalid: it cannot be told the pictures or files, or they are none.
    :raises RateLimited: over the write limit, or a limit of usage. :raises AssistantsOff: on this site.
    :raises Busy: its back end writes as many answers as it may.
    """
    limits.spend_write(by)
    assistant = model_named(model)
    if _is_too_long(wish, assistant):
        raise TooLong
    if problem := _problem(wish, assistant):
        raise Invalid(problem)
    return _commission(by, assistant, _measured(wish))


def _problem(wish: Wish, assistant: Assistant) -> str:
    """What of it this assistant cannot be told. A text has become words already."""
    allowance, documents = allowance_of(assistant), wish.documents
    if wish.has_pictures and not allowance.pictures:
        return f"{assistant.slug} sees no pictures."
    if documents and not allowance.documents:
        return f"{assistant.slug} reads texts, and no such file as {documents[0].name}."
    size = sum(len(document.content) for document in documents)
    if len(documents) > allowance.most_files or size > allowance.most_bytes:
        return f"At most {allowance.most_files} files with {allowance.most_bytes // 1_000_000} MB go with one request."
    return ""


def _is_too_long(wish: Wish, assistant: Assistant) -> bool:
    """Of megabytes of words even the estimate is dear. Pictures and documents are no words."""
    window = assistant.context_tokens or max(settings.HISTORY_TOKENS, LARGEST_WINDOW)
    length = sum(len(turn.content) for turn in wish.turns)
    return length > window * MOST_CHARACTERS_OF_A_TOKEN + BESIDE_THE_WINDOW


def _measured(wish: Wish) -> Wish:
    """Only now: whoever asks may do so, and has somebody who will look."""
    try:
        return wish.seen(measured) if wish.has_pictures else wish
    except NotAPicture as error:
        raise Invalid(str(error)) from error


def fit(commission: Commission) -> Commission:
    """With pictures as a model takes them. Slow: on the thread for pictures.

    :raises Invalid: one is broken.
    """
    try:
        wish = commission.wish.seen(lambda pictures: [fitted(one.content) for one in pictures])
    except NotAPicture as error:
        raise Invalid(str(error)) from error
    own = commission.request.turns[: -len(wish.turns)]
    return replace(commission, wish=wish, request=replace(commission.request, turns=(*own, *wish.turns)))


def stand_in(failed: Commission) -> Commission | None:
    """The next in the chain of those who answer in the place of one that could not, and may be asked; else None."""
    seen = {*failed.asked_before, failed.assistant.pk}
    link = failed.assistant.fallback_id
    while link is not None and link not in seen:
        seen.add(link)
        assistant = Assistant.objects.select_related("user").get(pk=link)
        link = assistant.fallback_id
        if not assistant.is_on or _is_too_long(failed.wish, assistant) or _problem(failed.wish, assistant):
            continue
        with suppress(ChatError):  # nothing is left of what it may use, or its back end is busy
            return _commission(failed.by, assistant, failed.wish, asked_before=frozenset(seen))
    return None


def _commission(by: User, assistant: Assistant, wish: Wish, asked_before: frozenset[int] = frozenset()) -> Commission:
    request = _request(by, assistant, wish)
    prompt_tokens = sum(map(_tokens, request.turns))
    provider = _provider(assistant)
    with transaction.atomic():
        _require_capacity(assistant)
        permit = usage.reserve(
            person=by,
            assistant=assistant,
            prompt_tokens=prompt_tokens,
            completion_tokens=_set_aside(assistant, wish),
            source=UsageRecord.Source.OPENAI,
        )
    return Commission(
        by=by,
        wish=wish,
        assistant=assistant,
        permit=permit,
        provider=provider,
        request=request,
        prompt_tokens=prompt_tokens,
        asked_before=asked_before,
    )


def _request(by: User, assistant: Assistant, wish: Wish) -> ChatRequest:
    """Its own words to the model come first. It may be asked for fewer tokens than it would take, never for more."""
    place = Place(room="", topic="", date=timezone.localdate(), members=[by.username])
    prompt = filled_in(assistant.prompt, place).strip()
    turns = (*([Turn("system", prompt)] if prompt else []), *wish.turns)
    most = [tokens for tokens in (assistant.max_tokens, wish.max_tokens) if tokens is not None]
    return ChatRequest(
        turns=turns,
        model=assistant.model,
        temperature=assistant.temperature if wish.temperature is None else wish.temperature,
        max_tokens=min(most) if most else None,
        conversation=Conversation(user=f"{settings.SITE_NAME}-{by.pk}"),
        wishes=wish.wishes,
    )


def _set_aside(assistant: Assistant, wish: Wish) -> int:
    """For the answer. Whoever names a large number is not to shut the others out of what there is for all."""
    usual = assistant.max_tokens or usage.UNKNOWN_COMPLETION_TOKENS
    return usual if wish.max_tokens is None else min(wish.max_tokens, usual)


def _tokens(turn: Turn) -> int:
    seen = sum(tokens_at(picture.width, picture.height) for picture in turn.pictures)
    return estimate_tokens(turn.content) + seen


def _provider(assistant: Assistant) -> Provider:
    try:
        return provider_of(assistant)
    except ValueError as error:  # its row names a provider that does not exist
        raise AssistantUnavailable("This assistant is not set up correctly.") from error


def _require_capacity(assistant: Assistant) -> None:
    """A back end has one limit, for what is asked in rooms and outside of them. Until the end of the transaction."""
    limit = limit_of(assistant)
    if limit is not None and not limit.has_room():
        raise Busy
