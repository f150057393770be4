"""Rows for tests. Ana is a member, Ben is another, Eve is a stranger."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from chat.models import ApiToken, Assistant, Attempt, Membership, Message, Reply, Room, User
from chat.replies import ledger
from chat.services.assistants import save_assistant
from chat.services.memberships import add_member
from chat.services.messages import post_message
from chat.services.people import create_person
from chat.services.rooms import create_room
from chat.services.tokens import create_token

PASSWORD = "correct-horse-1"


def make_person(name: str = "ana", **given: Any) -> User:
    """Somebody with an account, at home in ``general``."""
    return create_person(**{"name": name, "password": PASSWORD, **given})


def session_of(user: User, **changed: str) -> str:
    """Signed in, as by the sign-in page; the session's key. ``changed`` is said instead of what is true."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.update(changed)
    store.save()
    return str(store.session_key)


def make_room(slug: str = "garden", *members: User, owner: User | None = None, kind: str = Room.Kind.PUBLIC) -> Room:
    room = create_room(by=owner, name=slug.title(), slug=slug, kind=kind)
    for member in members:
        add_member(room=room, by=None, user=member)
    return fresh(room)


def crowd(room: Room, count: int) -> None:
    """``friend-0`` and so on are in the room, of whom nobody was told."""
    friends = User.objects.bulk_create(User(username=f"friend-{number}") for number in range(count))
    Membership.objects.bulk_create(Membership(room=room, user=friend) for friend in friends)


def make_assistant(slug: str = "helper", *rooms: Room, **given: Any) -> Assistant:
    """A demo assistant, a member of these rooms."""
    assistant, _ = save_assistant(slug=slug, **{"provider": "demo", **given})
    for room in rooms:
        add_member(room=room, by=None, user=assistant.user)
    return assistant


def make_message(room: Room, author: User, text: str = "hello", **given: Any) -> Message:
    return post_message(room=room, author=author, text=text, **given).message


def make_messages(count: int, room: Room, author: User) -> list[Message]:
    return [make_message(room, author, f"message {number}") for number in range(1, count + 1)]


def make_reply(room: Room, asker: User, assistant: Assistant) -> Message:
    """A queued reply; the assistant must be a member of the room."""
    prompt = make_message(room, asker, f"@{assistant.slug} what is this?")
    return Reply.objects.select_related("message").get(prompt=prompt).message


def start_reply(message: Message, owner: str = "a writer") -> Attempt:
    """Somebody has begun to write it."""
    claimed = {lease.message_id for lease in ledger.claim(owner, limit=100)}
    assert message.pk in claimed
    return Attempt.objects.get(reply__message=message, number=1)


def make_token(user: User) -> tuple[ApiToken, str]:
    return create_token(user=user, name="a program")


def membership(room: Room, user: User) -> Membership:
    return Membership.objects.select_related("room").get(room=room, user=user)


def fresh(room: Room) -> Room:
    """The room as the database has it now."""
    return Room.objects.get(pk=room.pk)
