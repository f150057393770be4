"""What people think of a message, one emoji each time, as its row keeps it: who, by emoji, in the order they came.

In the message's row and not in a table of their own, for they are read with it, always and whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from chat import markup

if TYPE_CHECKING:
    from chat.models.messages import Message
    from chat.models.users import User

MOST_EMOJI = 20  # different ones on a message
MOST_PEOPLE = 500  # with one emoji: they are all named in each frame of it
MOST_NAMES = 20  # shown
Kept = list[tuple[str, list[int]]]  # JSON makes lists of the tuples


class Reaction(NamedTuple):
    emoji: str
    people: list[User]

    @property
    def ids(self) -> str:
        return " ".join(str(user.pk) for user in self.people)

    @property
    def names(self) -> str:
        shown = ", ".join(user.shown_name for user in self.people[:MOST_NAMES])
        others = len(self.people) - MOST_NAMES
        return shown if others <= 0 else _("%(names)s and %(others)s more") % {"names": shown, "others": others}


def toggled(kept: Kept, emoji: str, user: int) -> Kept:
    """With this person's emoji, or without it if it was there; it stays written as the first one wrote it."""
    alike = next((place for place, (known, _) in enumerate(kept) if _are_same(known, emoji)), None)
    if alike is None:
        return [*kept, (emoji, [user])]
    known, people = kept[alike]
    left = [one for one in people if one != user] if user in people else [*people, user]
    return [*kept[:alike], *([(known, left)] if left else []), *kept[alike + 1 :]]


def find_reactors(messages: Iterable[Message]) -> None:
    """Few messages have any: whose they are is asked for those alone, by one query."""
    from chat.models.users import User

    ids = {message: _people_in(message.reactions) for message in messages if message.reactions}
    users = User.objects.in_bulk(set().union(*ids.values())) if ids else {}
    for message, people in ids.items():
        message.take_reactors([users[user] for user in sorted(people & users.keys())])


def _people_in(kept: Kept) -> set[int]:
    return {user for _emoji, people in kept for user in people}


def _are_same(one: str, other: str) -> bool:
    return markup.plain_emoji(one) == markup.plain_emoji(other)
