"""The few rules that differ from reader to reader, so that no fragment has to."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_cookie

from chat.models import User
from chat.views.assets import FOR_EVER

# Outside of all layers, so above them: what is one's own shows its tools, who asked can stop the answer, one's
# own reactions and one's own name are marked.
OWN = """
.reply[data-asker~="{id}"] .reply__stop,
.message[data-author="{id}"] .message__own {{ display: inline-flex; }}
.reaction[data-by~="{id}"] {{
    background: var(--accent-wash); box-shadow: inset 0 0 0 1px var(--accent); color: var(--accent);
    border-width: 2px; border-color: Highlight; /* drawn where the system chooses the colours */
}}
.reaction:not([data-by~="{id}"]) .reaction__own {{ display: none; }}
.mention[data-user="{id}"] {{ background: var(--accent); color: var(--on-accent); font-weight: var(--weight-strong); }}
"""

# One pixel of each is left, for the read pointer to pass; nothing announces it, and no key reaches it.
WITHOUT_ASSISTANTS = """
.message.reply {
    visibility: hidden; overflow: hidden; block-size: 1px; min-block-size: 0; margin: 0; padding: 0; border: 0;
}
"""

# A page's address of them says all that is in them, so that they are served without asking who it is, and kept.
VERSION = 4  # changes with these rules
SAID = re.compile(rf"{VERSION}-(\d{{1,19}})-(\d{{1,3}})(-alone)?", re.ASCII)
CSS = "text/css; charset=utf-8"


def own_styles(user: User | AnonymousUser | None) -> str:
    """Their address on this reader's pages; error pages have no reader."""
    pk, alone = (user.pk or 0, user.is_authenticated and user.hides_assistants) if user else (0, False)
    return f"{reverse('me-css')}?v={VERSION}-{pk}-{settings.SITE_ACCENT}{'-alone' if alone else ''}"


@require_GET
def me_css(request: HttpRequest) -> HttpResponse:
    said = SAID.fullmatch(request.GET.get("v", ""))
    return _said(said) if said else _readers_own(request)


def _said(said: re.Match[str]) -> HttpResponse:
    response = HttpResponse(_css(int(said[1]), int(said[2]), alone=bool(said[3])), content_type=CSS)
    response["Cache-Control"] = FOR_EVER
    return response


@vary_on_cookie
@cache_control(private=True, max_age=86400)
def _readers_own(request: HttpRequest) -> HttpResponse:
    user = request.user
    alone = user.is_authenticated and user.hides_assistants
    return HttpResponse(_css(user.pk or 0, settings.SITE_ACCENT, alone=alone), content_type=CSS)


def _css(pk: int, accent: int, *, alone: bool) -> str:
    css = f":root {{ --accent-hue: {accent}; }}\n"
    return css + (OWN.format(id=pk) if pk else "") + (WITHOUT_ASSISTANTS if alone else "")
