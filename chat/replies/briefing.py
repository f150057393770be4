"""What an assistant is told: its backend, and the room's words as everyone in the room may see them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from chat import providers
from chat.models import Assistant, Message, RemoteConversation, Reply, Room, User
from chat.models.assistants import longest_request, longest_silence
from chat.prepared import Given, PreparedRows, columns_of, instances_of
from chat.providers.base import Conversation
from chat.replies import history
from chat.replies.context import budget_of, build_context
from chat.replies.enclosing import Allowance, Enclosing
from chat.replies.framing import Said
from chat.replies.ledger import Lease
from chat.replies.naming import people_in
from chat.replies.pictures import apart
from chat.replies.prompting import DEFAULT, MEMBERS, Place, system_prompt
from chat.replies.shelf import StoredFiles

READS_DOCUMENTS = frozenset({"dify"})  # and themselves say which
REMEMBERING = frozenset({"dify"})  # kinds of providers whose back end keeps the conversation


class QuestionGone(Exception):
    """It was deleted before anybody was asked."""


@dataclass(frozen=True, slots=True)
class Briefing:
    """``reply`` knows who asked what, and where. ``tokens`` is what the question is estimated at, with all that goes
    along; ``half`` is that with half of what was said. The pictures of ``request`` are only promised:
    ``whole_request`` makes them."""

    reply: Reply
    assistant: Assistant
    provider: providers.Provider
    request: providers.ChatRequest
    files: StoredFiles
    tokens: int
    half: int

    async def whole_request(self) -> providers.ChatRequest:
        """As it is sent."""
        if not self.files.has_promised(self.request):
            return self.request
        return await apart(partial(self.files.keep_promises, self.request))


def brief(
    lease: Lease, *, asked: int | None = None, most_tokens: int | None = None, is_hurried: bool = False
) -> Briefing:
    """Everything a provider needs for this attempt, by a handful of queries.

    ``asked``: the assistant that answers in the place of the one whose message it is. ``most_tokens``: less than its
    window would hold. ``is_hurried``: no file is read.

    :raises QuestionGone: :raises FilesToRead: some would have to be.
    """
    reply = _asked_reply(lease.reply_id)
    if reply.prompt.is_deleted:
        raise QuestionGone
    asked = asked or reply.answerer_id or reply.assistant_id
    assistant = reply.assistant if asked == reply.assistant_id else _stand_in(asked)
    shelf = StoredFiles(is_hurried=is_hurried)
    window = budget_of(assistant.context_tokens or settings.HISTORY_TOKENS, assistant.max_tokens, lease.begun)
    context = build_context(
        system=_system_prompt(assistant, reply.prompt.room),
        newest_first=history.up_to(reply.prompt, assistant, shelf),
        budget=min(window, most_tokens or window),
        quoted=history.quoted_by(reply.prompt, assistant, shelf),
        enclosing=Enclosing(shelf, allowance_of(assistant)),
    )
    conversation = None
    if assistant.provider in REMEMBERING:
        conversation = _conversation(reply.prompt, assistant, shelf, window, is_new=most_tokens is not None)
    request = providers.ChatRequest(
        turns=context.turns,
        model=assistant.model,
        temperature=assistant.temperature,
        max_tokens=assistant.max_tokens,
        reply_key=_key(reply, lease.attempt, assistant, is_less=most_tokens is not None),
        begun=lease.begun,
        conversation=conversation,
    )
    half = context.tokens - context.spoken_tokens // 2
    return Briefing(reply, assistant, provider_of(assistant), request, shelf, context.tokens, half)


def _key(reply: Reply, attempt: int, assistant: Assistant, *, is_less: bool) -> str:
    """The same for each try at this request, and no other's: not that of another model of the same back end, nor of
    another site that shares its key and counts from one, too."""
    return f"reply-{reply.pk}-{reply.created_at:%Y%m%d%H%M%S%f}-{attempt}-{assistant.pk}{'-less' if is_less else ''}"


def _asked_reply(pk: int) -> Reply:
    reply: Reply
    row = ASKED.all(reply=pk)[0]
    reply, prompt, room, asker, assistant, user = instances_of(row, Reply, Message, Room, User, Assistant, User)
    prompt.room, assistant.user = room, user
    reply.prompt, reply.asker, reply.assistant = prompt, asker, assistant
    return reply


def _stand_in(pk: int) -> Assistant:
    assistant: Assistant
    rows = STAND_IN.all(assistant=pk)
    if not rows:  # it was removed meanwhile
        raise ValueError("There is no such assistant any more.")
    assistant, user = instances_of(rows[0], Assistant, User)
    assistant.user = user
    return assistant


def provider_of(assistant: Assistant) -> providers.Provider:
    backend = providers.Backend(
        base_url=assistant.base_url,
        key=settings.READ_SECRET(assistant.key_env) if assistant.key_env else "",
        headers=_resolved(assistant.headers),
        query=_resolved(assistant.query),
        body=assistant.body,
        is_reasoning_model=assistant.is_reasoning_model,
        timeouts=timeouts_of(assistant),
        attribution=providers.Attribution(site_url=settings.SITE_URL, site_name=settings.SITE_NAME),
    )
    return providers.create(assistant.provider, backend)


def timeouts_of(assistant: Assistant) -> providers.Timeouts:
    usual = providers.Timeouts()
    is_reasoning = assistant.is_reasoning_model
    headers = longest_silence(assistant.first_byte_seconds, is_reasoning=is_reasoning)
    return replace(
        usual,
        headers=headers,
        progress=max(usual.progress, headers),
        total=longest_request(assistant.first_byte_seconds, is_reasoning=is_reasoning),
        begins_again=not is_reasoning,
    )


def _resolved(named: dict[str, str]) -> dict[str, str]:
    """With the value of each variable in the place of its name. One that is not set is left out."""
    variables = {key: Assistant.variable_in(value) for key, value in named.items()}
    values = {key: settings.READ_SECRET(variables[key]) if variables[key] else value for key, value in named.items()}
    return {key: value for key, value in values.items() if value or not variables[key]}


def _default_prompt(assistant: Assistant, room: Room) -> str:
    where = "in a direct conversation" if room.is_direct else 'in the room "{room}"'
    return (
        DEFAULT.replace("{assistant}", assistant.slug).replace("{site}", settings.SITE_NAME).replace("{where}", where)
    )


def _system_prompt(assistant: Assistant, room: Room) -> str:
    prompt = assistant.prompt or _default_prompt(assistant, room)
    place = Place(
        room=room.name,
        topic=room.topic,
        date=timezone.localdate(),
        members=sorted(people_in(room.pk)) if MEMBERS in prompt else (),
        instructions=room.instructions,
    )
    return system_prompt(prompt, place)


def _conversation(
    prompt: Message, assistant: Assistant, shelf: StoredFiles, budget: int, *, is_new: bool
) -> Conversation:
    """What the back end itself remembers of this room, and what was said since. ``is_new``: it knows too much."""
    user = RemoteConversation.user_in(prompt.room_id)
    known = RemoteConversation.objects.filter(assistant=assistant, room=prompt.room_id).first()
    if known is None or is_new:
        return Conversation(user)
    since = min(known.told_sequence, prompt.sequence - 1)  # asked again, the question is news once more
    by_itself = Q(author=assistant.user_id) & Q(reply__current__answered_by=None)
    news = history.told(Message.objects.filter(room=prompt.room_id, sequence__gt=since)).exclude(by_itself)
    told = build_context(
        system="",
        newest_first=map(_as_news, history.chosen(news, prompt, assistant, shelf)),
        budget=budget,
        quoted=history.quoted_by(prompt, assistant, shelf),
        enclosing=Enclosing(shelf, allowance_of(assistant)),
    )
    return Conversation(user, known.remote_id, told.turns)


def _as_news(said: Said) -> Said:
    """To a back end: under its own name too somebody else may have answered."""
    return said._replace(is_own=False, by_assistant=said.is_own or said.by_assistant)


def allowance_of(assistant: Assistant) -> Allowance:
    """Which pictures and documents go along as they are; text goes along as words."""
    return Allowance(pictures=assistant.sees_images, documents=assistant.provider in READS_DOCUMENTS)


ASKED = PreparedRows(
    lambda: Reply.objects.filter(pk=Given("reply")).values_list(
        *columns_of(Reply),
        *columns_of(Message, "prompt__"),
        *columns_of(Room, "prompt__room__"),
        *columns_of(User, "asker__"),
        *columns_of(Assistant, "assistant__"),
        *columns_of(User, "assistant__user__"),
    )
)
STAND_IN = PreparedRows(
    lambda: Assistant.objects.filter(pk=Given("assistant")).values_list(
        *columns_of(Assistant), *columns_of(User, "user__")
    )
)
