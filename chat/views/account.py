from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat.exceptions import ChatError, NameTaken
from chat.forms import ProfileForm
from chat.limits import spend_write
from chat.services.people import change_profile
from chat.views.requests import PersonRequest, for_people

FIELDS = ("display_name", "avatar_emoji", "avatar_tint", "time_zone", "hides_assistants")


@require_http_methods(["GET", "POST"])
@for_people
def account(request: PersonRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, initial={field: getattr(request.user, field) for field in FIELDS})
    if request.method == "POST" and form.is_valid():
        try:
            spend_write(request.user)
            change_profile(user=request.user, **form.cleaned_data)
        except NameTaken as error:
            form.add_error("display_name", error.detail)
        except ChatError as error:
            form.add_error(None, error.detail)
        else:
            messages.success(request, _("Saved."))
            return redirect("account")
    return render(request, "chat/account.html", {"form": form}, status=422 if form.errors else 200)
