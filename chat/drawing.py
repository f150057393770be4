"""HTML of frames, by their templates: ``templates/chat/frames/``.

What is said all the time is asked of its template once, with marks in the places of its values: finding its way
through the template is most of what a frame costs.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from html import escape
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.defaultfilters import date
from django.template.loader import get_template
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime
from django.utils.translation import get_language

from chat.models import Message

MOST_CAST_PIECES = 3  # an announcement with more of them is rare
MOST_FORMS = 500  # of messages: one for each who speaks, in each room; three KB

Cast = tuple[str, ...]  # what stands between the values, and at every second place the number of the value
UNSAID = 6  # so many values a message is said with
_PLACE = re.compile("\ue000([0-9]+)\ue000")
_A_MOMENT = datetime(1987, 6, 5, 4, 3, 2, tzinfo=UTC)
_forms: dict[tuple[object, ...], Cast | None] = {}


def html(name: str, context: Mapping[str, Any]) -> str:
    template: Any = get_template(f"chat/frames/{name}.html")
    # Numbers in a frame are for machines: to ask for each how the reader's country writes it takes a fifth of the time.
    rendered: str = template.template.render(Context(dict(context), use_l10n=False))
    return rendered.strip()


# --- what a reply gained ---


def grown(data: Mapping[str, int], pieces: Sequence[Mapping[str, Any]]) -> str:
    """As the template draws it, which is asked once for each form of it: a reply grows twenty times a second."""
    if len(pieces) > MOST_CAST_PIECES:
        return html("reply_grew", {**data, "pieces": [with_part(piece) for piece in pieces]})
    values = [str(number) for number in data.values()]
    for piece in pieces:
        part = "".join(piece.get("children", ()))
        values += str(piece["index"]), piece["html"] or part, str(piece.get("position")), escape(piece["text"] or "")
    return _filled(_growth(tuple(data), tuple(map(_form, pieces))), values)


Form = tuple[bool, bool, bool, bool, bool]


def _form(piece: Mapping[str, Any]) -> Form:
    children = piece.get("children", ())
    is_rows = "".join(children[:1]).startswith("<tr")
    return piece["html"] is not None, bool(piece["is_open"]), bool(children), is_rows, bool(piece["text"])


def with_part(piece: Mapping[str, Any]) -> dict[str, Any]:
    """Rows need a table around them: no browser reads them without."""
    _, _, has_part, is_rows, _ = _form(piece)
    return {**piece, "part": "".join(piece["children"]) if has_part else None, "is_rows": is_rows}


@cache
def _growth(names: Sequence[str], forms: Sequence[Form]) -> Cast:
    places = map(_place, range(len(names) + 4 * len(forms)))
    data: dict[str, Any] = {name: next(places) for name in names}
    pieces = []
    for has_html, is_open, has_part, is_rows, has_text in forms:
        index, inner, position, text = (next(places) for _ in range(4))
        pieces.append(
            {
                "index": index,
                "html": inner if has_html else None,
                "is_open": is_open,
                "part": inner if has_part else None,
                "position": position,
                "is_rows": is_rows,
                "text": text if has_text else None,
            }
        )
    return tuple(_PLACE.split(html("reply_grew", {**data, "pieces": pieces})))


# --- what somebody says ---


def created(message: Message) -> str:
    """As the template draws it. That is asked once for who speaks in a room again and again, plainly."""
    if not _is_plain(message) or settings.DEBUG:
        return html("message_created", {"message": message, "revision": message.revision})
    author, room = message.author, message.room
    face = author.pk, author.shown_name, author.face, author.tint, author.kind
    form = get_language(), *face, room.pk, room.slug
    if cast := _forms.get(form):
        return _filled(cast, _values(message))
    drawn = html("message_created", {"message": message, "revision": message.revision})
    if len(_forms) >= MOST_FORMS:
        _forms.clear()
    _forms[form] = _cast(message, drawn) if form in _forms else None  # many speak but once
    return drawn


def _is_plain(message: Message) -> bool:
    """Nothing but words, and too few to be folded."""
    has_more = message.edited_at or message.deleted_at or message.reply_to_id or message.reactions
    return bool(message.html) and not (has_more or message.is_reply or message.is_long or message.files)


def _cast(message: Message, drawn: str) -> Cast | None:
    """None if the template says more of a message than these values, or the cast does not make the same of this one."""
    model = copy.copy(message)
    for number, name in enumerate(("pk", "sequence", "revision", "html")):
        setattr(model, name, _place(number))
    model.text, model.client_id = _place(UNSAID), None  # whatever is made of these is another message's, too
    model.created_at = _A_MOMENT
    template = html("message_created", {"message": model, "revision": model.revision})
    cast = tuple(_PLACE.split(template.replace(_time(*_times(_A_MOMENT)), _time(_place(4), _place(5)))))
    return cast if _is_whole(cast, UNSAID) and _filled(cast, _values(message)) == drawn else None


def _values(message: Message) -> list[str]:
    numbers = message.pk, message.sequence, message.revision
    return [*map(str, numbers), message.html, *_times(message.created_at)]


def _times(moment: datetime) -> tuple[str, str]:
    there = localtime(moment)  # as the template does before it asks its filter
    return there.isoformat(), _short(get_language(), there.replace(second=0, microsecond=0, tzinfo=None))


@lru_cache(maxsize=32)
def _short(_language: str | None, minute: datetime) -> str:
    return str(date(minute, "j M H:i"))


def _time(exact: str, short: str) -> str:
    """With the quotes and the angles, which are in nobody's name."""
    return f'datetime="{exact}">{short}<'


# --- casts ---


def _place(number: int) -> str:
    return mark_safe(f"\ue000{number}\ue000")


def _is_whole(cast: Cast, values: int) -> bool:
    return {int(place) for place in cast[1::2]} == set(range(values))


def _filled(cast: Cast, values: Sequence[str]) -> str:
    drawn = list(cast)
    drawn[1::2] = [values[int(place)] for place in drawn[1::2]]
    return "".join(drawn)
