from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat.models.messages import Message


def find_begun(messages: Iterable[Message]) -> None:
    """Few answers show words of an attempt before the newest, which had none: those are asked for, by one query."""
    from chat.models.attempts import Attempt

    replies = {message.reply.pk: message.reply for message in messages if message.is_reply and message.text}
    older = [pk for pk, reply in replies.items() if reply.has_older_words]
    if older:
        for attempt in Attempt.objects.filter(reply__in=older).with_words().defer("text", "reasoning"):
            replies[attempt.reply_id].begun = attempt  # the newest comes last
