"""What was said, found again by its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from chat import markup
from chat.limits import SEARCHES
from chat.models import Message
from chat.search import MOST_CHARACTERS, Wanted, find, read
from chat.views.history import number
from chat.views.pages import desk
from chat.views.requests import PersonRequest, for_people
from chat.views.sidebar import Sidebar, sidebar_of

FOUND_PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class Found:
    """One message, where it is for this reader, and the part of it in which the words stand."""

    message: Message
    room_name: str
    passage: list[markup.Stretch]


@require_GET
@for_people
def search(request: PersonRequest) -> HttpResponse:
    """The newest first. ``?q=`` is what is looked for, ``?before=`` the key of the last message of the page before."""
    query = request.GET.get("q", "")[:MOST_CHARACTERS].lstrip()
    wanted, before = read(query), number(request.GET.get("before"))
    if wanted.terms:
        SEARCHES.spend(request.user)
    messages = find(wanted, request.user, limit=FOUND_PER_PAGE + 1, before=before)
    sidebar = sidebar_of(request.user)
    context = {
        "query": query,
        "wanted": wanted,
        "found": list(_shown(messages[:FOUND_PER_PAGE], wanted, sidebar)),
        "is_later_page": before is not None,
        "older": messages[FOUND_PER_PAGE - 1].pk if len(messages) > FOUND_PER_PAGE else None,
    }
    return desk(request, "chat/search.html", context, sidebar=sidebar)


def _shown(messages: list[Message], wanted: Wanted, sidebar: Sidebar) -> Iterator[Found]:
    is_hit = wanted.is_hit
    for message in messages:
        link = sidebar.by_room.get(message.room_id)
        passage = markup.passage(message.text, is_hit)
        yield Found(message, link.name if link else message.room.name, passage)
