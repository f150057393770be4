"""Signed-in people for a site that is measured. Runs inside that site: `manage.py shell --command`."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from chat.models import User
from chat.services.people import create_person


def populate(count: int, file: Path) -> None:
    """All are members of `general`. Line i of the file is the header by which person i is known."""
    with transaction.atomic():
        people = [create_person(name=f"person{number}") for number in range(count)]
        file.write_text("".join(f"Cookie: {settings.SESSION_COOKIE_NAME}={sign_in(user)}\n" for user in people))


def furnish(model_url: str, rooms: int, assistants: int) -> None:
    """Rooms `bench0`, `bench1` …, with the assistants `writer0` … in each; everybody is a member of the first."""
    from chat.services.assistants import save_assistant
    from chat.services.memberships import add_member
    from chat.services.rooms import create_room

    writers = [
        save_assistant(slug=f"writer{number}", provider="openai", base_url=model_url, model="fake")[0]
        for number in range(assistants)
    ]
    people = User.objects.filter(username__startswith="person")
    with transaction.atomic():
        for number in range(rooms):
            room = create_room(by=None, name=f"bench{number}", slug=f"bench{number}")
            for user in [*(writer.user for writer in writers), *(people if number == 0 else ())]:
                add_member(room=room, user=user, by=None)


def sign_in(user: User) -> str:
    """The key of a new session."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    assert session.session_key
    return session.session_key
