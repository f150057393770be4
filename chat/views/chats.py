"""One's chats with assistants: a new one, all of them, another name, the end."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chat.exceptions import AssistantUnavailable, ChatError
from chat.forms import ChatNameForm
from chat.limits import spend_write
from chat.models import Assistant, Message, Room, User
from chat.models.rooms import RoomQuerySet
from chat.models.spelling import containing
from chat.services.chats import default_assistant, delete_chat, new_chat
from chat.services.rooms import change_room
from chat.views.pages import desk
from chat.views.requests import PersonRequest, for_people

CHATS_PER_PAGE = 50


@require_GET
@for_people
def chats(request: PersonRequest) -> HttpResponse:
    """The newest first; found by title, and by what one has said in them oneself."""
    query = request.GET.get("q", "").strip()
    page = Paginator(_listed(request.user, query), CHATS_PER_PAGE).get_page(request.GET.get("page"))
    return desk(request, "chat/chats.html", {"page": page, "query": query})


@require_http_methods(["GET", "POST"])
@for_people
def chat_new(request: PersonRequest) -> HttpResponse:
    """POST opens a chat at once, with ``assistant`` or else with the default one; GET offers them all."""
    if request.method == "GET":
        enabled = Assistant.objects.enabled().select_related("user").order_by("user__username")
        return desk(request, "chat/chat_new.html", {"assistants": enabled})
    spend_write(request.user)
    name = request.POST.get("assistant", "")
    found = Assistant.objects.named(name).select_related("user").first() if name else default_assistant()
    if found is None:
        raise AssistantUnavailable(_("There is no such assistant.") if name else _("No assistant is switched on yet."))
    return redirect(new_chat(by=request.user, assistant=found))


@require_http_methods(["GET", "POST"])
@for_people
def chat_rename(request: PersonRequest, slug: str) -> HttpResponse:
    chat = _mine(request, slug)
    form = ChatNameForm(request.POST or None, initial={"name": chat.name})
    if request.method == "POST" and form.is_valid():
        try:
            spend_write(request.user)
            change_room(room=chat, by=request.user, **form.cleaned_data)
            return redirect("chats")
        except ChatError as error:
            form.add_error("name", error.detail)
    return desk(request, "chat/chat_rename.html", {"chat": chat, "form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@for_people
def chat_delete(request: PersonRequest, slug: str) -> HttpResponse:
    """Asks first: what is deleted cannot be had again."""
    chat = _mine(request, slug)
    if request.method == "GET":
        return render(request, "chat/chat_delete.html", {"chat": chat})
    spend_write(request.user)
    delete_chat(room=chat, by=request.user)
    messages.success(request, _("The chat is deleted."))
    return redirect("chats")


def _mine(request: PersonRequest, slug: str) -> Room:
    return get_object_or_404(Room.objects.chats_of(request.user), slug=slug)


def _listed(user: User, query: str) -> RoomQuerySet:
    found = Room.objects.chats_of(user).filter(last_sequence__gt=0)
    if query:
        own = Message.objects.filter(containing("text", query), room=OuterRef("pk"), author=user)
        found = found.filter(containing("name", query) | Exists(own))
    return found.latest_first().select_related("chat_with__user")
