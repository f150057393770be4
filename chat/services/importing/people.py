"""Whom a file names, as they are known here."""

from __future__ import annotations

from collections.abc import Iterable

from chat.exceptions import Invalid
from chat.models import Assistant, User
from chat.services.importing.shapes import PersonFile
from chat.services.people import check_user


def users_of(people: Iterable[PersonFile]) -> tuple[dict[str, User], list[str]]:
    """Each by name, and the names of those who had to be made: they cannot sign in, and nobody answers for them.

    :raises Invalid: somebody here has the name, and is something else.
    """
    wanted = {person.name: person for person in people}
    found = {user.username: user for user in User.objects.filter(username__in=list(wanted))}
    for name, user in found.items():
        if user.kind != wanted[name].kind:
            raise Invalid(f"{name} is a {wanted[name].kind} in this file, and a {user.kind} here.")
    missing = sorted(set(wanted) - set(found))
    return found | {name: _new(wanted[name]) for name in missing}, missing


def assistant_of(user: User) -> Assistant:
    """What an assistant's replies hang on. One that is only remembered is switched off."""
    assistant = Assistant.objects.filter(user=user).first()
    return assistant or Assistant.objects.create(user=user, enabled=False)


def _new(person: PersonFile) -> User:
    user = User(username=person.name, kind=person.kind, display_name=person.display_name, is_active=False)
    user.set_unusable_password()
    check_user(user)
    user.save(force_insert=True)
    return user
