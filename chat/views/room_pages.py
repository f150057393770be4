"""The page of one room, for whoever shows it: its own view, and a plain form that was refused."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpResponse

from chat.forms import MessageForm
from chat.models import Assistant, Membership, Message, Room, User
from chat.views.history import History, newest
from chat.views.lines import Clock, dressed
from chat.views.pages import desk
from chat.views.requests import PersonRequest
from chat.views.sidebar import RoomLink, sidebar_of


@dataclass(frozen=True, slots=True)
class Standing:
    """What this reader is in this room, and so may do."""

    user: User
    room: Room
    link: RoomLink | None

    @property
    def membership(self) -> Membership | None:
        return self.link.membership if self.link else None

    @property
    def name(self) -> str:
        return self.link.name if self.link else self.room.name

    @property
    def last_read(self) -> int:
        return self.membership.last_read_sequence if self.membership else self.room.last_sequence

    @property
    def is_owner(self) -> bool:
        return self.user.is_staff or (self.membership is not None and self.membership.is_owner)

    @property
    def may_write(self) -> bool:
        return not self.room.is_archived and (self.membership is not None or self.room.kind == Room.Kind.PUBLIC)

    @property
    def may_invite(self) -> bool:
        if self.room.is_direct or self.room.is_archived:
            return False
        return self.is_owner or (self.room.kind == Room.Kind.PUBLIC and self.membership is not None)

    @property
    def classes(self) -> str:
        """Capabilities for <body>: fragments are the same for everybody, so style decides what each may press."""
        return " ".join(["desk"] + ["may-write"] * self.may_write + ["may-moderate"] * self.is_owner)


def room_page(
    request: PersonRequest,
    room: Room,
    *,
    history: History | None = None,
    form: MessageForm | None = None,
    answering: Message | None = None,
    status: int = 200,
) -> HttpResponse:
    """``room`` was read before the messages: its revision is what the page is brought up to date from."""
    history = history or newest(room)
    tally = Membership.objects.tally(request.user, beside=room)  # before the rows: what changes after it is seen
    sidebar = sidebar_of(request.user, beside=room)
    standing = Standing(request.user, room, sidebar.by_room.get(room.pk))
    context = {
        "history": history,
        "standing": standing,
        "lines": dressed(history.messages, Clock.of(request, request.user), _first_unread(history, standing)),
        "read_unseen": _read_unseen(history, standing),
        "tally": tally,
        "member_count": room.memberships.count(),
        "form": form or MessageForm(),
        "answering": answering,
        "first_assistant": None if history.messages else _first_assistant(room),
        "other_assistants": [] if history.messages or not room.is_chat else _others(room),
    }
    return desk(request, "chat/room.html", context, room=room, sidebar=sidebar, status=status)


def _first_assistant(room: Room) -> User | None:
    """Whom an empty room proposes to ask."""
    answering = Assistant.objects.answering_in(room).values("user")
    return User.objects.filter(pk__in=answering).order_by("pk").first()


def _others(chat: Room) -> QuerySet[User]:
    """Who could be asked instead."""
    others = Assistant.objects.enabled().exclude(chats=chat).values("user")
    return User.objects.filter(pk__in=others).order_by("username")


def _first_unread(history: History, standing: Standing) -> int | None:
    """Where the line "New" stands: nobody is told that their own words are new."""
    unread = (message for message in history.messages if message.sequence > standing.last_read)
    return next((message.sequence for message in unread if message.author_id != standing.user.pk), None)


def _read_unseen(history: History, standing: Standing) -> int | None:
    """How far a page without scripts will have been read; one with scripts tells what was seen."""
    if standing.membership is None or history.later is not None or not standing.membership.unread_count:
        return None
    return standing.room.last_sequence
