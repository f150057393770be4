"""A chat's title by its assistant: asked for once, beside all else. Whatever goes wrong, the first words stay."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field

import structlog

from chat import events, markup, providers, usage
from chat.database import in_database
from chat.exceptions import ChatError
from chat.models import Message, Room
from chat.models.rooms import UNTITLED
from chat.providers import Done, Replace, Text, Turn, Usage
from chat.replies.briefing import provider_of
from chat.replies.tokens import estimate_tokens, tokens_in

log = structlog.get_logger(__name__)

ASKED = (
    "Give the conversation below a title: at most six words, in its language, no quotation marks, no full stop. "
    "Answer with the title alone."
)
TITLE_SECONDS = 20.0
MOST_TOKENS = 500  # a model that reasons first needs some of them for that
EXCERPT = 2_000  # characters of the question, and of the answer


@dataclass(frozen=True, slots=True)
class Question:
    """``name`` is what the chat is called by its first words."""

    room_id: int
    name: str
    provider: providers.Provider
    request: providers.ChatRequest
    permit: usage.Permit


@dataclass(slots=True)
class Heard:
    """What is not whole is no title, but was written all the same."""

    text: str = ""
    is_whole: bool = False
    counted: Usage = field(default_factory=Usage)


async def title_chat(room_id: int) -> None:
    """After a reply. Nothing to do in a room that is no chat, or has been named, or has been asked about.

    What it used is in the books also where nobody waits for it any more.
    """
    question = await in_database(_take, room_id)
    if question is None:
        return
    heard = Heard()
    try:
        async with asyncio.timeout(TITLE_SECONDS):
            await _listen(question, heard)
    except TimeoutError:
        log.info("no_title_in_time", room=room_id)
    finally:
        await in_database(_conclude, question, heard)


def _take(room_id: int) -> Question | None:
    """Whoever clears the mark is the one to ask, whatever comes of it."""
    untitled = Room.objects.filter(pk=room_id, chat_with__isnull=False, is_untitled=True).exclude(name=UNTITLED)
    room = untitled.select_related("chat_with__user").first()
    exchange = _first_exchange(room) if room else None
    if room is None or exchange is None or not untitled.update(is_untitled=False):
        return None
    assert room.chat_with is not None
    request = _request(room, *exchange)
    try:
        provider = provider_of(room.chat_with)
        permit = usage.reserve(
            person=exchange[1].reply.asker,
            assistant=room.chat_with,
            room=room,
            prompt_tokens=sum(estimate_tokens(turn.content) for turn in request.turns),
            completion_tokens=MOST_TOKENS,
        )
    except (ChatError, ValueError):  # over a limit, switched off, or set up for no provider there is
        return None
    return Question(room.pk, room.name, provider, request, permit)


def _first_exchange(room: Room) -> tuple[Message, Message] | None:
    present = Message.objects.in_room(room).filter(deleted_at__isnull=True).select_related("author")
    answer = present.filter(reply__isnull=False, status=Message.Status.COMPLETE).order_by("sequence").first()
    if answer is None or room.chat_with is None or room.chat_with.provider == "demo":
        return None
    return answer.reply.prompt, answer


def _request(room: Room, question: Message, answer: Message) -> providers.ChatRequest:
    assert room.chat_with is not None
    said = f"{question.text[:EXCERPT]}\n\n---\n\n{answer.text[:EXCERPT]}"
    return providers.ChatRequest(
        turns=(Turn("system", ASKED), Turn("user", said)),
        model=room.chat_with.model,
        max_tokens=MOST_TOKENS,
        reply_key=f"title-{room.pk}-{room.created_at:%Y%m%d%H%M%S%f}",
    )


async def _listen(question: Question, heard: Heard) -> None:
    async with aclosing(question.provider.stream(question.request)) as stream:
        async for event in stream:
            match event:
                case Text(delta):
                    heard.text += delta
                case Replace(text):
                    heard.text = text
                case Usage():
                    heard.counted = event
                case Done():
                    heard.is_whole = True
                case providers.Failed(kind=kind):
                    log.info("no_title", room=question.room_id, kind=str(kind))


def _conclude(question: Question, heard: Heard) -> None:
    if heard.is_whole and (title := markup.title(heard.text)):
        _name(question, title)
    usage.conclude(
        question.permit,
        prompt_tokens=heard.counted.prompt,
        completion_tokens=heard.counted.completion,
        cost=heard.counted.cost,
        written_tokens=tokens_in(heard.text),
    )


def _name(question: Question, title: str) -> None:
    """Unless somebody was quicker."""
    with events.changing(question.room_id) as room:
        if room.name != question.name or room.is_archived:
            return
        room.name = title
        room.mark_changed()
        room.keep("name")
        events.after_commit(events.room_changed, room)
        events.after_commit(events.room_listed, room)
