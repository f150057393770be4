"""What a provider is asked, and what it must be able to do. Nothing here knows a wire."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from chat.providers.events import ProviderEvent


@dataclass(frozen=True, slots=True)
class Picture:
    """``mime_type`` is image/jpeg, image/png or image/webp; the pixels are 0 where nobody counted them."""

    mime_type: str
    content: bytes = field(repr=False)
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """Any other file, for a back end that reads such by itself. Its ``name`` says by its ending what it is."""

    name: str
    mime_type: str
    content: bytes = field(repr=False)


Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Turn:
    role: Role
    content: str
    pictures: tuple[Picture, ...] = ()
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """For back ends that remember: who we are to them, and what they do not know yet.

    ``user`` is stable for a room. ``id`` is empty for a new conversation; then they are told all turns of the request.
    ``news`` is what was said since they last answered, the question last.
    """

    user: str
    id: str = ""
    news: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One reply to be written. ``reply_key`` is the idempotency key, the same for each retry of this reply.

    ``begun`` is how the answer begins already: the provider emits only what comes after it. ``rest`` is awaited once
    something was told, before more is read: what comes meanwhile is read in one go, which costs less. ``wishes`` are of
    whoever asks, in OpenAI's words: other dialects leave them alone.
    """

    turns: tuple[Turn, ...]
    model: str
    temperature: float | None = None
    max_tokens: int | None = None
    reply_key: str = ""
    begun: str = ""
    conversation: Conversation | None = None
    wishes: Mapping[str, object] = field(default_factory=dict, compare=False)
    rest: Callable[[], Awaitable[None]] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """In seconds. What each one measures, and what resets it, is told in ``timers.py``.

    ``begins_again``: where no answer has begun in time, it is asked for once more. Of a model that thinks in silence
    both would be paid for.
    """

    connect: float = 10
    write: float = 30
    pool: float = 5
    headers: float = 120  # local servers load the model before they answer
    idle: float = 60
    progress: float = 180
    total: float = 15 * 60
    after_finish: float = 5
    begins_again: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    event_bytes: int = 1024 * 1024  # one event, or one answer that is not streamed
    error_bytes: int = 64 * 1024
    reply_chars: int = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """How we name ourselves to OpenRouter, and to nobody else."""

    site_url: str = ""
    site_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Where a model is served. Whatever may hold a secret stays out of the repr, and so out of logs."""

    base_url: str = ""
    key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, object] = field(default_factory=dict, repr=False)
    is_reasoning_model: bool = False
    attribution: Attribution = Attribution()
    timeouts: Timeouts = Timeouts()
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Check:
    """``detail`` is a sentence for whoever set the assistant up."""

    ok: bool
    detail: str


class Provider(Protocol):
    def stream(self, request: ChatRequest) -> AsyncGenerator[ProviderEvent, None]:
        """Always ends with exactly one terminal event; raises nothing but cancellation.

        Three ways to stop, each closes the connection at once. The reader itself: ``aclose()``, between two events.
        Another task: cancel the reading task, and the cancellation goes through it as ever; or, where the end is to be
        seen as an event, read through :class:`chat.providers.cancellation.Cancellation`.
        """
        ...

    async def check(self, model: str = "") -> Check:
        """Is it reachable, and does it know this model? Raises nothing but cancellation."""
        ...


Rating = Literal["like", "dislike"] | None


@runtime_checkable
class TakesFeedback(Protocol):
    """A provider whose back end wants to know what people think of its answers."""

    async def feedback(self, remote_message_id: str, rating: Rating, words: str, user: str) -> bool:
        """``rating`` None takes it back. ``remote_message_id`` is ``Started.request_id``, ``user`` that of the
        conversation. False if the back end did not take it; raises nothing but cancellation.
        """
        ...
