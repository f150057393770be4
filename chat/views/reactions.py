from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods

from chat.limits import spend_write
from chat.models import Message
from chat.services.reactions import toggle_reaction
from chat.views.asking import sheet
from chat.views.replies import done
from chat.views.requests import PersonRequest, for_people

# What is offered, and what it is called; any other emoji can be typed.
OFFERED = (
    ("👍", gettext_noop("thumbs up")),
    ("❤️", gettext_noop("heart")),
    ("😂", gettext_noop("tears of joy")),
    ("🎉", gettext_noop("party")),
    ("👏", gettext_noop("applause")),
    ("🙏", gettext_noop("thanks")),
    ("😮", gettext_noop("surprised")),
    ("😢", gettext_noop("sad")),
    ("🤔", gettext_noop("thinking")),
    ("👀", gettext_noop("looking")),
    ("✅", gettext_noop("done")),
    ("❌", gettext_noop("no")),
    ("🚀", gettext_noop("rocket")),
    ("💡", gettext_noop("idea")),
    ("🔥", gettext_noop("fire")),
    ("💯", gettext_noop("exactly")),
    ("🙌", gettext_noop("hurray")),
    ("👎", gettext_noop("thumbs down")),
)


@require_http_methods(["GET", "POST"])
@for_people
def message_react(request: PersonRequest, pk: int) -> HttpResponse:
    """Which emoji; POST says it, or takes it back."""
    found = get_object_or_404(Message.objects.visible_to(request.user).filter(deleted_at=None).whole(), pk=pk)
    if request.method == "GET":
        return sheet(request, "react", {"message": found, "offered": OFFERED})
    spend_write(request.user)
    toggle_reaction(message=found, by=request.user, emoji=request.POST.get("emoji", "").strip())
    return done(request, pk)
