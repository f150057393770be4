from __future__ import annotations

from typing import Annotated, Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from chat import wire
from chat.api.auth import ApiRequest
from chat.api.errors import READ_REFUSALS, WRITE_REFUSALS, ErrorOut
from chat.api.schemas import RoomIn, RoomOut, RoomsOut
from chat.exceptions import NotFound
from chat.limits import spend_write
from chat.logcontext import note
from chat.models import Membership, Room, User
from chat.services.memberships import join_room, leave_room
from chat.services.rooms import create_room

router = Router(tags=["rooms"])


@router.get("", response={200: RoomsOut, READ_REFUSALS: ErrorOut}, summary="The rooms you may read")
def list_rooms(
    request: ApiRequest,
    joined: Annotated[bool, Query(description="Only those you are a member of.")] = False,
    after: Annotated[
        str, Query(pattern=r"^([a-z0-9][a-z0-9_-]{0,63})?$", description="Those whose slug comes after this.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> dict[str, Any]:
    rooms = told_to(request.user).filter(slug__gt=after).order_by("slug")
    if joined:
        rooms = rooms.filter(memberships__user=request.user)
    found = list(rooms[: limit + 1])
    return {"rooms": [room_json(room) for room in found[:limit]], "more": len(found) > limit}


@router.post("", response={201: RoomOut, WRITE_REFUSALS: ErrorOut}, summary="Make a room; you own it")
def make_room(request: ApiRequest, room: RoomIn) -> Status[dict[str, Any]]:
    spend_write(request.user)
    made = create_room(by=request.user, **room.dict())
    return Status(201, _as_told(request, made.slug))


@router.get("/{slug:slug}", response={200: RoomOut, READ_REFUSALS: ErrorOut}, summary="One room")
def one_room(request: ApiRequest, slug: str) -> dict[str, Any]:
    return _as_told(request, slug)


@router.post("/{slug:slug}/join", response={200: RoomOut, WRITE_REFUSALS: ErrorOut}, summary="Become a member")
def join(request: ApiRequest, slug: str) -> dict[str, Any]:
    spend_write(request.user)
    join_room(room=visible_room(request, slug), user=request.user)
    return _as_told(request, slug)


@router.post("/{slug:slug}/leave", response={204: None, WRITE_REFUSALS: ErrorOut}, summary="Be no member any more")
def leave(request: ApiRequest, slug: str) -> Status[None]:
    spend_write(request.user)
    leave_room(room=visible_room(request, slug), user=request.user)
    return Status(204, None)


def visible_room(request: HttpRequest, slug: str) -> Room:
    """:raises NotFound: absent, or not theirs."""
    room = Room.objects.visible_to(request.user).filter(slug=slug).first()
    note(room=room.pk if room else None)
    if room is None:
        raise NotFound
    return room


def told_to(user: User) -> QuerySet[Room, Any]:
    """The rooms this person may read, with what each means to them: whatever their number, one query."""
    mine = Membership.objects.filter(room=OuterRef("pk"), user=user)
    everybody = Membership.objects.filter(room=OuterRef("pk")).order_by().values("room")
    return Room.objects.visible_to(user).annotate(
        members=Coalesce(Subquery(everybody.annotate(count=Count("pk")).values("count")), 0),
        role=Subquery(mine.values("role")),
        last_read=Subquery(mine.values("last_read_sequence")),
    )


def room_json(room: Any) -> dict[str, Any]:
    """Of a room from ``told_to``."""
    unread = 0 if room.last_read is None else max(0, room.last_sequence - room.last_read)
    return {
        **wire.room(room, room.members),
        "sequence": room.last_sequence,
        "revision": room.revision,
        "role": room.role,
        "last_read": room.last_read,
        "unread": unread,
    }


def _as_told(request: ApiRequest, slug: str) -> dict[str, Any]:
    room = told_to(request.user).filter(slug=slug).first()
    if room is None:
        raise NotFound
    return room_json(room)
