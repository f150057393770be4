"""What an assistant is told: its backend, and the room's words as everyone in the room may see them."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from chat import markup, providers
from chat.models import Assistant, Message, Reply
from chat.replies.context import Said, build_turns
from chat.replies.ledger import Lease

HISTORY_LIMIT = 200  # messages looked at; the budget decides how many of them go along


@dataclass(frozen=True, slots=True)
class Briefing:
    provider: providers.Provider
    request: providers.ChatRequest
    people: dict[str, markup.Mentioned]


def brief(lease: Lease) -> Briefing:
    """Everything a provider needs for this attempt, by four queries."""
    reply = Reply.objects.select_related("assistant__user", "prompt__room").get(pk=lease.reply_id)
    assistant = reply.assistant
    history = _history(reply)
    system = assistant.prompt or default_prompt(assistant, reply.prompt)
    request = providers.ChatRequest(
        turns=build_turns(prompt=system, history=history, budget=settings.HISTORY_TOKENS),
        model=assistant.model,
        temperature=assistant.temperature,
        max_tokens=assistant.max_tokens,
        reply_key=f"reply-{reply.pk}-{lease.attempt}",
    )
    return Briefing(provider_of(assistant), request, _people(reply))


def provider_of(assistant: Assistant) -> providers.Provider:
    backend = providers.Backend(
        base_url=assistant.base_url,
        key=settings.READ_SECRET(assistant.key_env) if assistant.key_env else "",
        headers=_resolved(assistant.headers),
        query=_resolved(assistant.query),
        body=assistant.body,
        is_reasoning_model=assistant.is_reasoning_model,
        attribution=providers.Attribution(site_url=settings.SITE_URL, site_name=settings.SITE_NAME),
    )
    return providers.create(assistant.provider, backend)


def _resolved(named: dict[str, str]) -> dict[str, str]:
    """With the value of each variable in the place of its name. One that is not set is left out."""
    variables = {key: Assistant.variable_in(value) for key, value in named.items()}
    values = {key: settings.READ_SECRET(variables[key]) if variables[key] else value for key, value in named.items()}
    return {key: value for key, value in values.items() if value or not variables[key]}


def default_prompt(assistant: Assistant, prompt: Message) -> str:
    room = prompt.room
    where = "in a direct conversation" if room.is_direct else f'in the room "{room.name}"'
    return (
        f"You are {assistant.slug}, an assistant on {settings.SITE_NAME}, {where}. "
        "Each message of a person begins with their name and a colon; do not begin yours so. "
        "Answer in Markdown, in the language you are asked in, and to the point."
    )


def _history(reply: Reply) -> list[Said]:
    """Up to the message that asks. Unfinished and failed replies are not part of what was said."""
    rows = (
        Message.objects.filter(
            room=reply.prompt.room_id,
            sequence__lte=reply.prompt.sequence,
            deleted_at__isnull=True,
            status__in=[Message.Status.COMPLETE, Message.Status.STOPPED],
        )
        .exclude(text="")
        .select_related("author")
        .newest(HISTORY_LIMIT)
    )
    own = reply.assistant.user_id
    return [Said(row.author.username, row.text, row.author_id == own) for row in rows]


def _people(reply: Reply) -> dict[str, markup.Mentioned]:
    """Whom the assistant may name: the people of the room, so that names link while the text still grows."""
    members = reply.prompt.room.memberships.filter(user__is_active=True).select_related("user")[:1000]
    return {
        member.user.username: markup.Mentioned(member.user_id, member.user.username, member.user.is_assistant)
        for member in members
    }
