"""To be read, by people and by models: what everybody wrote, as they wrote it."""

from __future__ import annotations

import re
from datetime import UTC, date

from django.conf import settings

from chat.models import Attachment, Message
from chat.services.exporting.files import Chosen, reactions_to, reasoning_of, remark_on

HEAD = re.compile(r"^([ \t>]*)(\*\*\S+\*\* at \d\d:\d\d \(#)", re.MULTILINE)
BRACKETS = re.compile(r"[\[\]\\]")


class MarkdownFile:
    ending = "md"
    content_type = "text/markdown; charset=utf-8"
    apology = "\n**The export broke off here.**\n"

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._day: date | None = None

    def head(self) -> str:
        room = self._chosen.room
        topic = f"{_spoken(room.topic)}\n\n" if room.topic else ""
        return f"# {room.name}\n\n{topic}{settings.SITE_URL}{room.get_absolute_url()}\n"

    def message(self, message: Message) -> str:
        return f"{self._new_day(message)}\n**{message.author.username}** {_facts(message)}\n\n{self._body(message)}\n"

    def foot(self) -> str:
        return ""

    def _new_day(self, message: Message) -> str:
        day = message.created_at.astimezone(UTC).date()
        if day == self._day:
            return ""
        self._day = day
        return f"\n## {day:%A}, {day.day} {day:%B %Y}\n"

    def _body(self, message: Message) -> str:
        if message.is_deleted:
            return "*A message was deleted.*"
        parts = (
            [_quoted("Thought:\n\n" + _spoken(reasoning))] if (reasoning := reasoning_of(message, self._chosen)) else []
        )
        parts += [_spoken(message.text)] if message.text else []
        parts += ["\n".join(f"- {_link(file)}" for file in message.files)] if message.files else []
        parts += [f"Reactions: {reactions}"] if (reactions := reactions_to(message)) else []
        parts += [f"*{remark}*"] if (remark := remark_on(message)) else []
        return "\n\n".join(parts)


def _spoken(text: str) -> str:
    """As it was written; only a line that looks like the head of a message is told apart from one."""
    return HEAD.sub(r"\1\\\2", text)


def _facts(message: Message) -> str:
    """Times are those of UTC, as the days are."""
    edited = ", edited" if message.edited_at and not message.is_deleted else ""
    answers = ""
    if message.reply_to is not None and not message.is_deleted:
        answers = f", answering {message.reply_to.author.username} (#{message.reply_to.sequence})"
    return f"at {message.created_at.astimezone(UTC):%H:%M} (#{message.sequence}{answers}{edited})"


def _link(file: Attachment) -> str:
    """It leads to the site: whoever may read the room gets the file there."""
    name = BRACKETS.sub(r"\\\g<0>", file.name)
    return f"[{name}]({settings.SITE_URL}{file.get_absolute_url()})"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
