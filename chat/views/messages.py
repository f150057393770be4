from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chat.exceptions import ChatError, Invalid
from chat.forms import MessageForm
from chat.limits import spend_write
from chat.logcontext import note
from chat.models import Message, Room, pages
from chat.services.attachments import require_no_files
from chat.services.commands import is_command
from chat.services.messages import delete_message, edit_message, may_delete, post_message
from chat.services.replies import answerers
from chat.services.stopping import may_stop
from chat.services.storing import Posted
from chat.views.commands import obey
from chat.views.history import History, after, before, newest, number
from chat.views.lines import Clock, dressed, undressed
from chat.views.pages import desk
from chat.views.polling import frames_since, told_if_outdated
from chat.views.requests import PersonRequest, for_people, refusal, with_reason
from chat.views.room_pages import room_page

MOST_CHANGES = 500


@require_http_methods(["GET", "POST"])
@for_people
def room_messages(request: PersonRequest, slug: str) -> HttpResponse:
    room = get_object_or_404(Room.objects.visible_to(request.user), slug=slug)
    note(room=room.pk)
    if request.method == "POST":
        return _say(request, room)
    since = number(request.GET.get("since"))
    return _history(request, room) if since is None else _changes(request, room, since)


def _say(request: PersonRequest, room: Room) -> HttpResponse:
    form = MessageForm(request.POST, request.FILES)
    if not form.is_valid():
        return _unsent(request, room, form, Invalid(_("The client id or the message you answer is not valid.")))
    try:
        spend_write(request.user)
        files = request.FILES.getlist("files")
        if is_command(form.cleaned_data["text"]):
            require_no_files(files)
            return obey(request, room, form.cleaned_data["text"], form.cleaned_data["client_id"])
        posted = post_message(room=room, author=request.user, files=files, **form.cleaned_data)
    except ChatError as error:
        return _unsent(request, room, form, error)
    return _sent(request, posted)


def _sent(request: PersonRequest, posted: Posted) -> HttpResponse:
    if not request.htmx:
        return redirect(f"{reverse('room', args=[posted.message.room.slug])}#end")
    message = Message.objects.whole().get(pk=posted.message.pk)
    response = render(
        request, "chat/partials/_message.html", {"message": message}, status=201 if posted.is_new else 200
    )
    response["X-Client-Id"] = str(message.client_id or "")
    return response


def _unsent(request: PersonRequest, room: Room, form: MessageForm, error: ChatError) -> HttpResponse:
    """A plain form keeps what was typed as long as its room is to be seen; a fragment's asker has it still."""
    seen = None if request.htmx else Room.objects.visible_to(request.user).filter(pk=room.pk).first()
    if seen is None:
        return refusal(request, error)
    form.add_error("text", error.detail)
    return with_reason(room_page(request, seen, form=form, status=error.status), error)


def _history(request: PersonRequest, room: Room) -> HttpResponse:
    """A page of history; without a bound, the newest."""
    earlier_than, later_than = number(request.GET.get("before")), number(request.GET.get("after"))
    if earlier_than is not None:
        return _run(request, before(room, earlier_than), towards="earlier")
    if later_than is not None:
        return _run(request, after(room, later_than), towards="later")
    return _run(request, newest(room), towards="both")


def _run(request: PersonRequest, history: History, *, towards: str) -> HttpResponse:
    context = {"history": history, "room": history.room, "towards": towards}
    if request.htmx:
        response = render(request, "chat/partials/_messages.html", {**context, "lines": undressed(history.messages)})
    else:
        lines = dressed(history.messages, Clock.of(request, request.user))
        response = desk(request, "chat/history.html", {**context, "lines": lines}, room=history.room)
    response["X-Room-Revision"] = str(history.room.revision)
    return response


def _changes(request: PersonRequest, room: Room, since: int) -> HttpResponse:
    """Everything changed since, in that order, tombstones too. If it is too much, or the room does not stand there yet
    (an earlier database has taken the place of the one that was known): the newest page instead."""
    if request.accepts("application/json") and not request.accepts("text/html"):
        tally = number(request.GET.get("tally"))
        elsewhere = [] if tally is None else told_if_outdated(request.user, room, tally)
        shown = elsewhere + frames_since(request.user, room, since)
        return JsonResponse({"user": request.user.pk, "frames": shown})
    changed = pages.changed_since(room, since, MOST_CHANGES) if since <= room.revision else None
    if changed is not None:
        return _run(request, History(room, changed), towards="none")
    response = _run(request, newest(room), towards="both")
    response["X-Resync"] = "1"
    return response


@require_http_methods(["GET", "POST"])
@for_people
def message(request: PersonRequest, pk: int) -> HttpResponse:
    """One message by itself, with what one may do about it; POST changes its text."""
    found = get_object_or_404(Message.objects.visible_to(request.user).whole(), pk=pk)
    if request.method == "POST":
        return _edit(request, found)
    if request.htmx:
        return render(request, "chat/partials/_message.html", {"message": found})
    return desk(request, "chat/message.html", _possibilities(request, found), room=found.room)


def _edit(request: PersonRequest, found: Message) -> HttpResponse:
    text = request.POST.get("text", "")
    try:
        spend_write(request.user)
        edited = edit_message(message=found, by=request.user, text=text)
    except ChatError as error:
        return refusal(request, error) if error.status == 404 else _edit_form(request, found, text, error)
    if edited.text != found.text and Message.objects.to_ask_again(request.user).filter(pk=found.pk).exists():
        return _offer_again(request, found.pk)
    return _shown(request, found.pk)


def _offer_again(request: PersonRequest, pk: int) -> HttpResponse:
    """The question is another now: its author may want another answer."""
    if not request.htmx:
        return redirect("message-again", pk)
    now = Message.objects.whole().get(pk=pk)
    return render(request, "chat/partials/_edited.html", {"message": now, "question": "chat/partials/_again.html"})


@require_GET
@for_people
def message_edit(request: PersonRequest, pk: int) -> HttpResponse:
    mine = Message.objects.visible_to(request.user).filter(author=request.user, deleted_at__isnull=True)
    found = get_object_or_404(mine.whole(), pk=pk)
    return _edit_form(request, found, found.text, None)


@require_http_methods(["GET", "POST"])
@for_people
def message_delete(request: PersonRequest, pk: int) -> HttpResponse:
    """Asks, then deletes."""
    found = get_object_or_404(Message.objects.visible_to(request.user).whole(), pk=pk)
    if request.method == "GET":
        return render(request, "chat/message_delete.html", _possibilities(request, found))
    spend_write(request.user)
    delete_message(message=found, by=request.user)
    return _shown(request, pk)


def _edit_form(request: PersonRequest, found: Message, text: str, error: ChatError | None) -> HttpResponse:
    context = {"message": found, "text": text, "error": error}
    template = "chat/partials/_message_edit.html" if request.htmx else "chat/message_edit.html"
    response = render(request, template, context, status=error.status if error else 200)
    if error and request.htmx:  # the form stays where it stands, in the message's body
        response["HX-Retarget"], response["HX-Reswap"] = f"#message-{found.pk} .message__body", "innerHTML"
    return with_reason(response, error) if error else response


def _shown(request: PersonRequest, pk: int) -> HttpResponse:
    """The message as it is now: the fragment, or its place in the room."""
    now = Message.objects.whole().get(pk=pk)
    return render(request, "chat/partials/_message.html", {"message": now}) if request.htmx else redirect(now)


def _possibilities(request: PersonRequest, found: Message) -> dict[str, object]:
    is_present = not found.is_deleted
    is_over = is_present and found.is_reply and not found.is_running
    may_retry = is_over and found.room.gives_say_to(request.user)
    return {
        "message": found,
        "may_react": is_present and not found.is_running and not found.room.is_archived,
        "may_edit": is_present and found.author_id == request.user.pk and not found.room.is_archived,
        "may_delete": is_present and may_delete(found, request.user),
        "may_stop": is_present and found.is_running and may_stop(found.reply, request.user),
        "may_retry": may_retry,
        "may_ask_another": may_retry and any(one.user_id != found.author_id for one in answerers(found.room)),
        "may_ask_again": Message.objects.to_ask_again(request.user).filter(pk=found.pk).exists(),
    }
