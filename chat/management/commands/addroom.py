from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction
from typing import Any

from django.db import transaction

from chat.management.plain import PlainCommand, assistant_named, user_named
from chat.models import Room
from chat.services.memberships import add_member
from chat.services.rooms import change_room, create_room


class Command(PlainCommand):
    help = "Make a room, or change what is given of one, and bring people and assistants in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="its address: /rooms/SLUG/")
        parser.add_argument("--name", help="by default made from the address")
        parser.add_argument("--topic")
        parser.add_argument("--private", action=BooleanOptionalAction, help="for its members only")
        parser.add_argument("--member", action="append", default=[], metavar="NAME", help="may be repeated")
        parser.add_argument(
            "--assistant",
            action="append",
            default=[],
            metavar="SLUG",
            help="answers where it is mentioned; may be repeated",
        )

    def handle(self, *args: Any, **given: Any) -> None:
        newcomers = [user_named(name) for name in given["member"]]
        newcomers += [assistant_named(slug).user for slug in given["assistant"]]
        with transaction.atomic():
            room, is_new = _room(given)
            for user in newcomers:
                add_member(room=room, by=None, user=user)
        self.say(f"{room.slug}: {'made' if is_new else 'changed'}.")


def _room(given: dict[str, Any]) -> tuple[Room, bool]:
    kind = {None: None, True: Room.Kind.PRIVATE, False: Room.Kind.PUBLIC}[given["private"]]
    room = Room.objects.filter(slug=given["slug"]).first()
    if room is not None:
        return change_room(room=room, by=None, name=given["name"], topic=given["topic"], kind=kind), False
    name = given["name"] or given["slug"].replace("-", " ").replace("_", " ").strip().capitalize()
    slug, topic = given["slug"], given["topic"] or ""
    return create_room(by=None, name=name, slug=slug, topic=topic, kind=kind or Room.Kind.PUBLIC), True
