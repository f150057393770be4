from __future__ import annotations

from typing import Any

from chat.management.plain import PlainCommand
from chat.services.rendering import outdated, rerender


class Command(PlainCommand):
    help = (
        "Render messages of earlier versions anew, in batches, while the site runs. Their revision stays: "
        "an open page shows the new HTML when it is loaded next."
    )

    def handle(self, *args: Any, **given: Any) -> None:
        total, last = 0, 0
        while outdated().filter(pk__gt=last).exists():
            count, last = rerender(after=last)
            total += count
            if self.is_talkative(given):
                self.say(f"{total} messages, up to number {last} …")
        self.say(f"{total} messages were rendered anew.")

    def is_talkative(self, given: dict[str, Any]) -> bool:
        return int(given["verbosity"]) > 1
