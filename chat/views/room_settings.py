"""A room's name, people, assistants and end, on one page; each form on it says by ``do`` what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat import presence
from chat.exceptions import ChatError
from chat.forms import InstructionsForm, MemberForm, RoomChangeForm
from chat.limits import spend_write
from chat.models import Assistant, Membership, Room, SiteSettings, User
from chat.services.answering import Answers, answers_of, choices_in, let_answer
from chat.services.memberships import add_member, change_role, remove_member
from chat.services.rooms import archive_room, change_room, unarchive_room
from chat.views.pages import desk
from chat.views.requests import PersonRequest, for_people
from chat.views.room_pages import Standing
from chat.views.sidebar import sidebar_of

PEOPLE_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """An assistant, and when it answers here; None: it is not in the room."""

    assistant: Assistant
    answers: Answers | None = None


@require_http_methods(["GET", "POST"])
@for_people
def room_settings(request: PersonRequest, slug: str) -> HttpResponse:
    room = get_object_or_404(Room.objects.visible_to(request.user), slug=slug)
    if request.method == "POST":
        return _do(request, room)
    return _page(request, room)


def _do(request: PersonRequest, room: Room) -> HttpResponse:
    what = request.POST.get("do", "")
    act = ACTS.get(what)
    if act is None:
        return _page(request, room, status=400)
    if what not in FILLED_IN:
        spend_write(request.user)
    return act(request, room) or _back(request, room)


def _back(request: PersonRequest, room: Room) -> HttpResponse:
    """The list of people stays where it was. Staff who close a room that they are not in do not see it any more."""
    if Room.objects.visible_to(request.user).filter(pk=room.pk).exists():
        return redirect(request.get_full_path())
    return redirect(f"{reverse('rooms')}?gone={room.slug}")


def _change(request: PersonRequest, room: Room) -> HttpResponse | None:
    form = RoomChangeForm(request.POST, room=room)
    is_done = _carried_out(request, form, lambda: change_room(room=room, by=request.user, **form.changed()))
    if not is_done:
        return _page(request, room, change=form, status=422)
    messages.success(request, _("Saved."))
    return None


def _add(request: PersonRequest, room: Room) -> HttpResponse | None:
    form = MemberForm(request.POST)
    is_done = _carried_out(
        request, form, lambda: add_member(room=room, by=request.user, user=form.cleaned_data["user"]), field="user"
    )
    if not is_done:
        return _page(request, room, add=form, status=422)
    messages.success(request, _("%(name)s is in this room now.") % {"name": form.cleaned_data["user"].shown_name})
    return None


def _instruct(request: PersonRequest, room: Room) -> HttpResponse | None:
    form = InstructionsForm(request.POST, room=room)
    is_done = _carried_out(request, form, lambda: change_room(room=room, by=request.user, **form.changed()))
    if not is_done:
        return _page(request, room, instruct=form, status=422)
    messages.success(request, _("Saved."))
    return None


def _carried_out(request: PersonRequest, form: Form, act: Callable[[], object], *, field: str | None = None) -> bool:
    """False if it was refused: then the form says why, and has what was typed. Also over the write limit."""
    if form.is_valid():
        try:
            spend_write(request.user)
            act()
        except ChatError as error:
            form.add_error(field, error.detail)
    return not form.errors


def _answers(request: PersonRequest, room: Room) -> None:
    """One button for each choice, so that one press is all."""
    assistant = get_object_or_404(Assistant.objects.select_related("user"), user=_member(request, room))
    _, _, answers = request.POST["do"].partition(":")
    let_answer(room=room, by=request.user, assistant=assistant, answers=answers)


def _remove(request: PersonRequest, room: Room) -> None:
    member = _member(request, room)
    remove_member(room=room, by=request.user, user=member)
    messages.success(request, _("%(name)s is no longer in this room.") % {"name": member.shown_name})


def _make_owner(request: PersonRequest, room: Room) -> None:
    change_role(room=room, by=request.user, user=_member(request, room), role=Membership.Role.OWNER)


def _make_member(request: PersonRequest, room: Room) -> None:
    change_role(room=room, by=request.user, user=_member(request, room), role=Membership.Role.MEMBER)


def _archive(request: PersonRequest, room: Room) -> None:
    archive_room(room=room, by=request.user)
    messages.success(request, _("The room is archived."))


def _unarchive(request: PersonRequest, room: Room) -> None:
    unarchive_room(room=room, by=request.user)
    messages.success(request, _("The room is open again."))


ACTS: dict[str, Callable[[PersonRequest, Room], HttpResponse | None]] = {
    "change": _change,
    "instruct": _instruct,
    **{f"answers:{answers}": _answers for answers in Answers.values},
    "add": _add,
    "remove": _remove,
    "owner": _make_owner,
    "member": _make_member,
    "archive": _archive,
    "unarchive": _unarchive,
}
FILLED_IN = ("change", "instruct", "add")


def _member(request: PersonRequest, room: Room) -> User:
    return get_object_or_404(User.objects.named(request.POST.get("user", "")), memberships__room=room)


def _page(
    request: PersonRequest,
    room: Room,
    *,
    change: RoomChangeForm | None = None,
    instruct: InstructionsForm | None = None,
    add: MemberForm | None = None,
    status: int = 200,
) -> HttpResponse:
    sidebar = sidebar_of(request.user, beside=room)
    everybody = Membership.objects.of_people(room)
    query = request.GET.get("q", "").strip().removeprefix("@")
    page = _people(request, everybody.called(query) if query else everybody)
    standing = Standing(request.user, room, sidebar.by_room.get(room.pk))
    context = {
        "standing": standing,
        "page": page,
        "query": query,
        "people_count": everybody.count() if query else page.paginator.count,
        "assistants": _assistants(room),
        "choices": choices_in(room),
        "is_off_everywhere": not SiteSettings.current().has_assistants,
        "present": presence.online(membership.user_id for membership in page),
        "change": change or RoomChangeForm(room=room),
        "instruct": instruct or InstructionsForm(room=room),
        "add": add or MemberForm(),
    }
    return desk(request, "chat/room_settings.html", context, room=room, sidebar=sidebar, status=status)


def _people(request: PersonRequest, found: QuerySet[Membership]) -> Page[Membership]:
    return Paginator(found, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))


def _assistants(room: Room) -> list[Listed]:
    """Those who are in the room, and those who could be; a direct room keeps its people."""
    rows = room.memberships.filter(user__kind=User.Kind.ASSISTANT).select_related("user__assistant")
    members = list(rows.order_by("user__username"))
    here = [Listed(row.user.assistant, answers_of(row, room)) for row in members]
    if room.is_direct:
        return here
    others = Assistant.objects.enabled().exclude(user__in=[row.user_id for row in members])
    return here + [Listed(assistant) for assistant in others.select_related("user").order_by("user__username")]
