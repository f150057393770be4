"""The few rules that differ from reader to reader, so that no fragment has to."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_cookie

# Outside of all layers, so above them: what is one's own shows its tools, who asked can stop the answer, and one's own
# name is marked. Its address has a number (in base.html) that changes with these rules.
OWN = """
.reply[data-asker~="{id}"] .reply__stop,
.message[data-author="{id}"] .message__own {{ display: inline-flex; }}
.mention[data-user="{id}"] {{ background: var(--accent); color: var(--on-accent); font-weight: var(--weight-strong); }}
"""

# One pixel of each is left, for the read pointer to pass; nothing announces it, and no key reaches it.
WITHOUT_ASSISTANTS = """
.message.reply {
    visibility: hidden; overflow: hidden; block-size: 1px; min-block-size: 0; margin: 0; padding: 0; border: 0;
}
"""


@require_GET
@vary_on_cookie
@cache_control(private=True, max_age=86400)
def me_css(request: HttpRequest) -> HttpResponse:
    css = f":root {{ --accent-hue: {settings.SITE_ACCENT}; }}\n"
    if request.user.is_authenticated:
        css += OWN.format(id=request.user.pk)
        css += WITHOUT_ASSISTANTS if request.user.hides_assistants else ""
    return HttpResponse(css, content_type="text/css; charset=utf-8")
