"""To be opened and printed, in ten years too: one file that asks nobody for anything."""

from __future__ import annotations

from datetime import UTC, date

from django.conf import settings
from django.template.loader import get_template

from chat.assets import source_of
from chat.models import Message
from chat.services.exporting.files import Chosen, reactions_to, reasoning_of, remark_on

STYLES = ("reset", "tokens", "base", "prose", "code", "export")


class HtmlFile:
    ending = "html"
    content_type = "text/html; charset=utf-8"
    apology = "<p><strong>The export broke off here.</strong></p>"

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._day: date | None = None
        self._message = get_template("chat/export/message.html")

    def head(self) -> str:
        about = {"room": self._chosen.room, "site": settings.SITE_NAME, "url": settings.SITE_URL, "styles": styles()}
        return get_template("chat/export/head.html").render(about)

    def message(self, message: Message) -> str:
        day = message.created_at.astimezone(UTC).date()
        is_new, self._day = day != self._day, day
        facts = {
            "site": settings.SITE_URL,
            "day": day if is_new else None,
            "reactions": reactions_to(message),
            "remark": remark_on(message) if not message.is_deleted else "",
        }
        reasoning = reasoning_of(message, self._chosen)
        return self._message.render({"message": message, "room": self._chosen.room, "reasoning": reasoning, **facts})

    def foot(self) -> str:
        return get_template("chat/export/foot.html").render()


def styles() -> str:
    """The house's own, as far as they concern what is written."""
    return "\n".join(source_of(f"css/{name}.css") for name in STYLES)
