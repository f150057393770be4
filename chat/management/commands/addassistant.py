from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction

from chat.management.plain import PlainCommand, number_or_nothing, room_at
from chat.management.started import command_line
from chat.management.wishes import add_wiring_arguments, wanted_of
from chat.models import Assistant
from chat.providers import KINDS
from chat.services.assistants import introduce_assistant
from chat.services.people import settle_latecomers
from chat.services.rooms import change_room
from chat.services.trials import missing


class Command(PlainCommand):
    help = (
        "Make an assistant, or change what is given of one. It answers where it is mentioned, in rooms it is brought "
        "into (addroom ROOM --assistant SLUG), and everything in the room given by --default-for."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="its name: people write @SLUG")
        parser.add_argument("--provider", choices=KINDS)
        parser.add_argument("--base-url", help="like https://api.openai.com/v1")
        parser.add_argument("--model")
        parser.add_argument("--key-env", metavar="VARIABLE", help="the name of the variable that holds the key")
        parser.add_argument(
            "--prompt", help="the system prompt; {room}, {topic}, {date} and {members} in it are filled in"
        )
        parser.add_argument("--temperature", type=number_or_nothing, help="0 to 2; empty: as the model likes")
        parser.add_argument("--max-tokens", type=int, help="at most so many tokens in a reply; 0: as the model likes")
        add_wiring_arguments(parser)
        parser.add_argument("--enabled", action=BooleanOptionalAction)
        parser.add_argument("--default-for", metavar="ROOM", help="the room in which it answers every message")

    def handle(self, *args: Any, **given: Any) -> None:
        slug = given["slug"].casefold()
        known = Assistant.objects.named(slug).select_related("user").first()
        if given["provider"] is None and (known is None or known.is_only_remembered):
            raise CommandError(f"{slug} is new: say what it is with --provider {'|'.join(KINDS)}.")
        room = room_at(given["default_for"]) if given["default_for"] else None
        with transaction.atomic():
            assistant, is_new = introduce_assistant(slug=slug, **wanted_of(given, known))
            if room is not None:
                change_room(room=room, by=None, answering_assistant=assistant)
            if slug == settings.DEFAULT_ASSISTANT:
                settle_latecomers()
        self.say(f"{slug}: {'made' if is_new else 'changed'}. {missing(assistant)}".strip())
        if is_new and not assistant.user.memberships.exists():
            words = command_line(f"addroom ROOM --assistant {slug}")
            self.say(f"Everybody can begin a chat with it. So that it answers in a room, too: {words}")
