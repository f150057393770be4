from __future__ import annotations

from functools import cache

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chat import markup
from chat.services.commands import COMMANDS
from chat.views.pages import desk
from chat.views.requests import PersonRequest, for_people

EXAMPLES = (
    "**strong**, *stressed*, ~~gone~~",
    "[a page](https://example.org)",
    "`code` in a line",
    "```py\nprint(6 * 7)\n```",
    "- one\n- another\n  - inside it",
    "1. first\n2. second",
    "- [x] done\n- [ ] to do",
    "> what somebody said",
    "## A heading",
    "| plant | water |\n|---|---|\n| fern | often |",
)


@require_GET
@for_people
def writing(request: PersonRequest) -> HttpResponse:
    """What Markdown makes of what one types, which commands there are, and keys. The composer shows it as a dialog."""
    context = {"examples": _examples(), "commands": COMMANDS.values()}
    if request.htmx:
        return render(request, "chat/partials/_writing.html", context)
    return desk(request, "chat/writing.html", context)


@cache
def _examples() -> tuple[tuple[str, str], ...]:
    """Made by the renderer of messages itself, so that what is promised is what comes."""
    return tuple((text, markup.render(text).html) for text in EXAMPLES)
