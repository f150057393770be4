"""Stored HTML ages when the rendering changes; here it is made anew from the source."""

from __future__ import annotations

from django.db.models import QuerySet

from chat import markup
from chat.models import Message
from chat.services.messages import rendered

BATCH_SIZE = 200


def outdated() -> QuerySet[Message]:
    """Messages that an earlier version rendered. What is still being written is rendered at its end."""
    present = Message.objects.filter(deleted_at__isnull=True).exclude(status__in=Message.RUNNING)
    return present.exclude(markup_version=markup.VERSION)


def rerender(after: int = 0) -> tuple[int, int]:
    """Render a batch of outdated messages anew, from this id on: how many, and the id of the last one looked at.

    No revision is taken: what is said stays the same, and nobody is told. Pages show it when they are loaded next.
    """
    batch = list(outdated().filter(pk__gt=after).order_by("pk")[:BATCH_SIZE])
    count = sum(_render_anew(message) for message in batch)
    return count, batch[-1].pk if batch else after


def _render_anew(message: Message) -> int:
    """Unless it was edited or deleted meanwhile: then it is new already."""
    html = rendered(message.text).html
    unchanged = outdated().filter(pk=message.pk, revision=message.revision)
    return unchanged.update(html=html, markup_version=markup.VERSION)
