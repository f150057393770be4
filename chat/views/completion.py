"""What the composer offers while ``@he``, ``/to`` or ``/ask he`` is typed: a list of options, the best one first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET

from chat import presence
from chat.models import Assistant, Membership, Room, User
from chat.models.spelling import spellings
from chat.services.answering import why_silent
from chat.services.commands import COMMANDS
from chat.views.requests import PersonRequest, for_people

ASKED = re.compile(r"/ask[ \t]+@?(\S*)", re.IGNORECASE)
MOST_OFFERED = 8
LONGEST_NAME = 80
KIND_WORDS: dict[str, str] = {User.Kind.ASSISTANT: gettext_noop("assistant"), User.Kind.BOT: gettext_noop("bot")}


@dataclass(frozen=True, slots=True)
class Offer:
    """One option: what is put in, and what is shown of it. ``typed`` is how much of the name is there already."""

    insert: str
    name: str
    hint: str
    typed: int = 0
    person: User | None = None
    is_here: bool = False

    @property
    def matched(self) -> str:
        return self.name[: self.typed]

    @property
    def rest(self) -> str:
        return self.name[self.typed :]


@require_GET
@for_people
def completion(request: PersonRequest, slug: str) -> HttpResponse:
    room = get_object_or_404(Room.objects.visible_to(request.user), slug=slug)
    typed = request.GET.get("q", "")[:LONGEST_NAME]
    return render(request, "chat/partials/_completion.html", {"offers": _offers(room, request.user, typed)})


@require_GET
@for_people
def silence(request: PersonRequest, slug: str) -> HttpResponse:
    """Why the assistant ``?name=`` has nothing to say to whoever named it here, in a sentence; or nothing."""
    room = get_object_or_404(Room.objects.visible_to(request.user), slug=slug)
    named = get_object_or_404(Assistant.objects.named(request.GET.get("name", "")).select_related("user"))
    words = why_silent(room, named)
    return HttpResponse(words, content_type="text/plain; charset=utf-8", status=200 if words else 204)


def _offers(room: Room, reader: User, typed: str) -> list[Offer]:
    if asked := ASKED.fullmatch(typed):
        return _assistants(room, asked[1])
    return _commands(typed[1:]) if typed.startswith("/") else _people(room, reader, typed.removeprefix("@"))


def _assistants(room: Room, typed: str) -> list[Offer]:
    """Behind ``/ask``: those that would answer."""
    silent = room.memberships.filter(is_silent=True).values("user")
    called = _called(typed, room).filter(kind=User.Kind.ASSISTANT).exclude(pk__in=silent)
    return [_offer(user, room, typed, is_here=False, sign="/ask ") for user in called[:MOST_OFFERED]]


def _commands(typed: str) -> list[Offer]:
    return [
        Offer(
            f"/{command.name} ",
            f"/{command.name}",
            f"{_(command.operand) if command.operand else ''}: {_(command.purpose)}".removeprefix(": "),
            1 + len(typed),
        )
        for command in COMMANDS.values()
        if command.name.startswith(typed.casefold())
    ]


def _people(room: Room, reader: User, typed: str) -> list[Offer]:
    found = list(_called(typed, room).exclude(pk=reader.pk)[:MOST_OFFERED])
    here = presence.online(user.pk for user in found)
    return [_offer(user, room, typed, user.pk in here) for user in found]


def _called(typed: str, room: Room) -> QuerySet[User]:
    """Members first. A part of the shown name will do if it is the beginning of a word."""
    named = Q(username__startswith=typed.casefold())
    for spelling in spellings(typed):
        named |= Q(display_name__istartswith=spelling) | Q(display_name__icontains=f" {spelling}")
    member = Membership.objects.filter(room=room, user=OuterRef("pk"))
    switched_off = Q(kind=User.Kind.ASSISTANT, assistant__enabled=False)
    return (
        User.objects.filter(named, is_active=True)
        .exclude(switched_off)
        .annotate(is_member=Exists(member), is_silent=Exists(member.filter(is_silent=True)))
        .select_related("assistant")
        .order_by("-is_member", "username")
    )


def _offer(user: User, room: Room, typed: str, is_here: bool, sign: str = "@") -> Offer:
    begins = user.shown_name.casefold().startswith(typed.casefold())
    return Offer(
        insert=f"{sign}{user.username} ",
        name=user.shown_name,
        hint=", ".join(_facts(user, room, is_here)),
        typed=len(typed) if begins else 0,
        person=user,
        is_here=is_here,
    )


def _facts(user: User, room: Room, is_here: bool) -> Iterable[str]:
    if user.shown_name.casefold() != user.username:
        yield f"@{user.username}"
    if words := KIND_WORDS.get(user.kind):
        yield _(words)
    if not user.is_member:  # type: ignore[attr-defined] # annotated by _called
        yield _("not in this room")
    elif user.is_silent:  # type: ignore[attr-defined] # the same
        yield _("does not answer here")
    elif user.is_assistant:
        yield _("answers here") if user.assistant.pk == room.answering_assistant_id else _("answers when asked")
    elif is_here:
        yield _("here")
