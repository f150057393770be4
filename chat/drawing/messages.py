"""What somebody says, and the place of an answer that is waited for."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings
from django.template.defaultfilters import date
from django.utils.timezone import localtime
from django.utils.translation import get_language

from chat.drawing import templates
from chat.drawing.casts import Cast, cast_of, filled, is_whole, place
from chat.models import Message

MOST_FORMS = 500  # of messages: one for each who speaks, in each room; three KB
UNSAID = 6  # so many values a message is said with
A_MOMENT = datetime(1987, 6, 5, 4, 3, 2, tzinfo=UTC)
forms: dict[tuple[object, ...], Cast | None] = {}


class Kind(Protocol):
    """Of messages that differ by a few values, once it is known who speaks where."""

    def fits(self, message: Message) -> bool: ...

    def form(self, message: Message) -> tuple[object, ...]:
        """What else they may differ by."""

    def value(self, message: Message) -> str:
        """Beside their numbers and their moment."""

    def make_model(self, message: Any) -> None:
        """Of a copy: with a place for the value. What is made of anything else is another message's, too."""


class Said:
    """Nothing but words, and too few to be folded."""

    def fits(self, message: Message) -> bool:
        return bool(message.html) and not (message.is_reply or message.is_long or message.files)

    def form(self, message: Message) -> tuple[object, ...]:
        return ()

    def value(self, message: Message) -> str:
        return message.html

    def make_model(self, message: Any) -> None:
        message.text, message.html = place(UNSAID), place(3)


class Awaited:
    """An assistant's, of which nothing is known yet but who asked for it."""

    def fits(self, message: Message) -> bool:
        if message.status != Message.Status.QUEUED or message.attempt_number != 1 or message.place is not None:
            return False
        reply = message.reply
        is_first = reply.current_id is None and reply.answerer_id is None
        return is_first and reply.asker_id == reply.prompt.author_id and not (message.text or message.html)

    def form(self, message: Message) -> tuple[object, ...]:
        return (message.reply.assistant.model,)

    def value(self, message: Message) -> str:
        return str(message.reply.asker_id)

    def make_model(self, message: Any) -> None:
        reply, prompt, asker = (copy.copy(one) for one in (message.reply, message.reply.prompt, message.reply.asker))
        reply.pk = prompt.pk = prompt.text = prompt.html = asker.username = asker.display_name = place(UNSAID)
        asker.pk = prompt.author_id = place(3)
        reply.prompt, reply.asker = prompt, asker
        message.reply = reply


KINDS: tuple[Kind, ...] = (Said(), Awaited())


def created(message: Message) -> str:
    """As the template draws it. That is asked once for who speaks in a room again and again, plainly."""
    kind = _kind_of(message)
    if kind is None or settings.DEBUG:
        return _drawn(message)
    author, room = message.author, message.room
    face = author.pk, author.shown_name, author.face, author.tint, author.kind
    form = get_language(), kind, *face, room.pk, room.slug, *kind.form(message)
    if cast := forms.get(form):
        return filled(cast, _values(kind, message))
    drawn = _drawn(message)
    if len(forms) >= MOST_FORMS:
        forms.clear()
    forms[form] = _cast(kind, message, drawn) if form in forms else None  # many speak but once
    return drawn


def _drawn(message: Message) -> str:
    return templates.html("message_created", {"message": message, "revision": message.revision})


def _kind_of(message: Message) -> Kind | None:
    if message.edited_at or message.deleted_at or message.reply_to_id or message.reactions:
        return None
    return next((kind for kind in KINDS if kind.fits(message)), None)


def _cast(kind: Kind, message: Message, drawn: str) -> Cast | None:
    """None if the template says more of a message than these values, or the cast does not make the same of this one."""
    model = copy.copy(message)
    for number, name in enumerate(("pk", "sequence", "revision")):
        setattr(model, name, place(number))
    model.client_id, model.created_at = None, A_MOMENT
    kind.make_model(model)
    cast = cast_of(_with_places_for_times(_drawn(model)))
    return cast if is_whole(cast, UNSAID) and filled(cast, _values(kind, message)) == drawn else None


def _with_places_for_times(drawn: str) -> str:
    """They are found with the quotes and the angles, which are in nobody's name."""
    exact, short = _times(A_MOMENT)
    return drawn.replace(f'datetime="{exact}">{short}<', f'datetime="{place(4)}">{place(5)}<').replace(
        f'data-since="{exact}">', f'data-since="{place(4)}">'
    )


def _values(kind: Kind, message: Message) -> list[str]:
    numbers = message.pk, message.sequence, message.revision
    return [*map(str, numbers), kind.value(message), *_times(message.created_at)]


def _times(moment: datetime) -> tuple[str, str]:
    there = localtime(moment)  # as the template does before it asks its filter
    return there.isoformat(), _short(get_language(), there.replace(second=0, microsecond=0, tzinfo=None))


@lru_cache(maxsize=32)
def _short(_language: str | None, minute: datetime) -> str:
    return str(date(minute, "j M H:i"))
