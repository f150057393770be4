from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from chat.management.plain import PlainCommand, user_named
from chat.services.tokens import create_token


class Command(PlainCommand):
    help = "Make a token for the API and sockets, and print it: nothing else, and never again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="whose token it is")
        parser.add_argument("--label", default="made by addtoken", help="what it is for, as shown in the account")

    def handle(self, *args: Any, **given: Any) -> None:
        _, secret = create_token(user=user_named(given["name"]), name=given["label"])
        self.say(secret)
