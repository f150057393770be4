from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from chat.management.plain import PlainCommand
from chat.models import Assistant
from chat.services.trials import check


class Command(PlainCommand):
    help = "Ask each assistant's server whether it is there and knows the model. Ends with 1 if one of them does not."

    def handle(self, *args: Any, **given: Any) -> None:
        failed = 0
        for assistant in Assistant.objects.enabled().select_related("user").order_by("user__username"):
            verdict = check(assistant)
            failed += not verdict.ok
            self.say(f"{assistant.slug}: {'ok' if verdict.ok else 'NOT OK'}. {verdict.detail}")
        if failed:
            raise CommandError(f"{failed} of the assistants cannot answer.")
