from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chat.exceptions import ChatError
from chat.forms import MessageForm, RoomForm
from chat.limits import spend_write
from chat.models import Membership, Message, Room, User
from chat.models.rooms import spoke_at
from chat.models.spelling import containing
from chat.services.people import GENERAL, visit
from chat.services.rooms import create_room_once, join_room, leave_room
from chat.views.history import around, number
from chat.views.pages import desk
from chat.views.requests import PersonRequest, for_people
from chat.views.room_pages import room_page

ROOMS_PER_PAGE = 50


@require_GET
@for_people
def home(request: PersonRequest) -> HttpResponse:
    """The room a person was in last; at first, and if that one is gone, where everybody is."""
    rooms = Room.objects.visible_to(request.user)
    room = rooms.filter(pk=request.user.last_room_id or 0).first() or rooms.filter(slug=GENERAL).first()
    return redirect(room) if room else redirect("rooms")


@require_http_methods(["GET", "POST"])
@for_people
def rooms(request: PersonRequest) -> HttpResponse:
    """All rooms one may see; and by POST a new one."""
    if "gone" in request.GET and (theirs := _theirs_again(request)):
        return redirect(theirs)
    form = RoomForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            spend_write(request.user)
            return redirect(create_room_once(by=request.user, **form.cleaned_data))
        except ChatError as error:
            form.add_error(None, error.detail)
    return _directory(request, form, status=422 if form.errors else 200)


def _theirs_again(request: PersonRequest) -> Room | None:
    """The room from which one was led here: an account that was closed may have been opened since."""
    return Room.objects.visible_to(request.user).filter(slug=request.GET["gone"]).first()


@require_GET
@for_people
def room(request: PersonRequest, slug: str) -> HttpResponse:
    rooms = Room.objects.visible_to(request.user).select_related("answering_assistant", "chat_with__user")
    found = get_object_or_404(rooms, slug=slug)
    sequence = number(request.GET.get("around"))
    visit(user=request.user, room=found)
    return room_page(
        request,
        found,
        history=around(found, sequence) if sequence else None,
        form=MessageForm(initial={"text": request.GET.get("text", "")}),
        answering=_answered(found, request.GET.get("reply_to")),
    )


@require_POST
@for_people
def room_join(request: PersonRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Room.objects.visible_to(request.user), slug=slug)
    spend_write(request.user)
    join_room(room=found, user=request.user)
    return redirect(found)


@require_http_methods(["GET", "POST"])
@for_people
def room_leave(request: PersonRequest, slug: str) -> HttpResponse:
    """Asks first: out of a private room the way back needs somebody inside."""
    found = get_object_or_404(Room.objects.visible_to(request.user), slug=slug)
    if request.method == "GET":
        return render(request, "chat/room_leave.html", {"room": found})
    spend_write(request.user)
    leave_room(room=found, user=request.user)
    return redirect("rooms")


def _directory(request: PersonRequest, form: RoomForm, *, status: int) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    page = Paginator(_listed(request.user, query), ROOMS_PER_PAGE).get_page(request.GET.get("page"))
    is_new_open = "new" in request.GET
    form.fields["name"].widget.attrs["autofocus"] = is_new_open
    context = {"page": page, "query": query, "form": form, "is_new_open": is_new_open}
    return desk(request, "chat/rooms.html", context, status=status)


def _listed(user: User, query: str) -> QuerySet[Room]:
    found = Room.objects.visible_to(user).exclude(kind=Room.Kind.DIRECT).filter(chat_with__isnull=True)
    if query:
        found = found.filter(containing("name", query) | containing("topic", query) | containing("slug", query))
    members = Membership.objects.filter(room=OuterRef("pk")).order_by().values("room").annotate(count=Count("pk"))
    found = found.annotate(member_count=Coalesce(Subquery(members.values("count")), 0), spoke_at=spoke_at())
    return found.order_by(F("archived_at").asc(nulls_first=True), Lower("name"), "pk")


def _answered(found: Room, text: str | None) -> Message | None:
    pk = number(text)
    if pk is None:
        return None
    return Message.objects.in_room(found).select_related("author").filter(pk=pk, deleted_at__isnull=True).first()
