"""A private room and a chat with words, a file and a reply in them, and those whom they are not there for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from chat import limits
from chat.models import Attempt, Feedback, Membership, Mention, Message, Reply, Room, User
from chat.services.chats import new_chat
from chat.services.memberships import add_member, remove_member
from chat.services.people import deactivate
from chat.services.tokens import revoke_token
from tests.factories import make_assistant, make_message, make_person, make_room, make_token

SECRET = "quittenmarmelade"  # in everything that has words
SAID = {
    **dict.fromkeys(("text", "name", "topic", "message", "words", "instructions"), "intruder"),
    "emoji": "👍",
    "rating": "1",
    "do": "change",
    "user": "eve",
    "kind": "public",
    "assistant": "helper",
}
KEPT = (Room, Membership, Message, Reply, Attempt, Feedback, Mention)


@dataclass(frozen=True, slots=True)
class Object:
    """What an address is filled with."""

    slug: str
    message: int
    file: int

    def given(self, address: str) -> dict[str, Any]:
        pk = self.file if address.startswith("files/") else self.message
        return {"slug": self.slug, "pk": pk, "id": pk, "name": "x"}


ABSENT = Object("nowhere", 10**9, 10**9)


@dataclass(frozen=True, slots=True)
class House:
    """``strangers``: those with an account who belong neither to the room nor to the chat. Ben belongs to the room."""

    owner: User
    ben: User
    objects: list[Object]
    strangers: dict[str, User]
    revoked: str
    of_closed: str

    @classmethod
    def build(cls) -> House:
        ana, ben = make_person("ana"), make_person("ben")
        strangers = {name: make_person(name) for name in ("eve", "removed", "closed")}
        strangers["staff"] = make_person("root", is_staff=True)
        helper = make_assistant("helper")
        room = make_room("garden", ben, strangers["removed"], strangers["closed"], owner=ana, kind="private")
        add_member(room=room, by=None, user=helper.user)
        chat = new_chat(by=ana, assistant=helper)
        Room.objects.filter(pk__in=[room.pk, chat.pk]).update(name=SECRET, topic=SECRET)
        objects = [each for place in (room, chat) for each in _furnish(place, ana, helper)]
        remove_member(room=room, by=ana, user=strangers["removed"])
        _, of_closed = make_token(strangers["closed"])
        deactivate(person=strangers["closed"], by=None)
        token, revoked = make_token(ana)
        revoke_token(token=token, by=ana)
        return cls(ana, ben, objects, strangers, revoked, of_closed)


def _furnish(room: Room, ana: User, helper: Any) -> list[Object]:
    """A question with a file, and its answer, which has come to its end."""
    file = SimpleUploadedFile(f"{SECRET}.txt", SECRET.encode())
    question = make_message(room, ana, f"@{helper.slug} {SECRET}", files=[file])
    reply = Reply.objects.get(prompt=question)
    Attempt.objects.create(reply=reply, number=1, text=SECRET, reasoning=SECRET, status="complete")
    Reply.objects.filter(pk=reply.pk).update(is_open=False)
    Message.objects.filter(pk=reply.message_id).update(status="complete", text=SECRET, html=SECRET, attempt_number=1)
    return [Object(room.slug, pk, question.files[0].pk) for pk in (question.pk, reply.message_id)]


def state() -> dict[str, list[Any]]:
    """All that somebody could have changed who may not."""
    return {kind.__name__: list(kind.objects.order_by("pk").values()) for kind in KEPT}


def fresh_limits() -> None:
    """So much is asked here that everybody would be told to wait."""
    limits.forget()


def without_chance(content: bytes) -> str:
    """What is the same for two who ask for the same: but for the CSRF token."""
    return re.sub(r"(csrf[\w-]*\W+(?:value=)?\W*)[0-9A-Za-z]{32,64}", r"\1", content.decode(), flags=re.IGNORECASE)
