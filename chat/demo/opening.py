"""The whole demo: everybody moves in, every room is furnished, and the viewer begins where most is to be seen."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from chat.demo.holding import hold
from chat.demo.household import change_passwords, is_settled, move_in, require_vacancy
from chat.demo.people import VIEWER
from chat.demo.rooms import FIRST_ROOM, PLACES
from chat.demo.staging import furnish
from chat.models import Room
from chat.services.people import visit


@dataclass(frozen=True, slots=True)
class Opened:
    """``is_new``: the people came just now. ``messages`` counts what was added."""

    is_new: bool
    people: int
    messages: int


def open_house(*, password: str, is_password_wanted: bool = True, force: bool = False, is_held: bool = False) -> Opened:
    """Add what is missing. The password is for new people, and for the others too if it is wanted.

    :raises Inhabited: the site has people of its own.
    """
    require_vacancy(force=force)
    is_new, now = not is_settled(), timezone.now()
    people = move_in(password)
    if is_password_wanted and not is_new:
        change_passwords(password)
    messages = sum(furnish(place, people, now) for place in PLACES)
    if is_new:
        visit(user=people[VIEWER], room=Room.objects.get(slug=FIRST_ROOM))
    if is_held:
        messages += hold(people, now)
    return Opened(is_new, sum(not user.is_assistant for user in people.values()), messages)
