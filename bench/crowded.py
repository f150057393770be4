"""A house that grew: 500 rooms, and one with 1,000 people in it. Runs inside a site: `manage.py shell --command`."""

from __future__ import annotations

from itertools import product

from django.db import transaction

from chat.models import User
from chat.services.memberships import add_member
from chat.services.messages import mark_read, post_message
from chat.services.people import create_person
from chat.services.rooms import create_room

PLACES = (
    "anchorage", "basin", "beacon", "breakwater", "canal", "chandlery", "crane", "customs", "dock", "dredger",
    "ferry", "gangway", "gauge", "jetty", "ledger", "lighthouse", "lock", "marina", "mole", "mooring",
    "pilot", "pontoon", "quay", "sluice", "tide",
)  # fmt: skip
MATTERS = (
    "alarms", "bookings", "charts", "contracts", "crew", "drawings", "fees", "fuel", "handover", "inspections",
    "keys", "night", "notices", "permits", "repairs", "rota", "safety", "stores", "visitors", "weather",
)  # fmt: skip
FIRST = (
    "Ada", "Bruno", "Chiara", "Daan", "Elif", "Farid", "Grete", "Hana", "Ivo", "Jana",
    "Kofi", "Lena", "Marek", "Nuria", "Olek", "Priya", "Quentin", "Rosa", "Stefan", "Tomi",
    "Ulla", "Vera", "Wanda", "Xenia", "Yusuf",
)  # fmt: skip
LAST = (
    "Achterberg", "Bakker", "Castro", "Demir", "Eriksen", "Fischer", "Greco", "Haddad", "Ibsen", "Jansen",
    "Kovač", "Lindqvist", "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Sato", "Tanaka",
    "Ueda", "Visser", "Weber", "Xu", "Yilmaz", "Zieliński", "Aalto", "Brandt", "Conti", "Dubois",
    "Engel", "Ferrari", "Gupta", "Horvat", "Ito", "Joshi", "Klein", "Larsen", "Meyer", "Nilsson",
)  # fmt: skip
ALL_HANDS = "all-hands"
SAID = (
    "The pilot boat is back in service. Thank you to everybody who stayed.",
    "Who has the keys to the north shed?",
    "In the ledger office, second drawer.",
    "Drill at ten. It is only a drill.",
    "That is what you said last time.",
)


def crowd_in(viewer: str) -> None:
    """``viewer`` owns all of the rooms, and has read most of them."""
    owner = User.objects.get(username=viewer)
    with transaction.atomic():
        people = [_person(number, first, last) for number, (first, last) in enumerate(product(FIRST, LAST))]
        for number, (place, matter) in enumerate(product(PLACES, MATTERS)):
            _room(owner, people[number], f"{place}-{matter}", words_unread=number % 9 == 0)
        _all_hands(owner, people)


def _person(number: int, first: str, last: str) -> User:
    person = create_person(name=f"{first[:2].lower()}{number:03}")
    User.objects.filter(pk=person.pk).update(display_name=f"{first} {last}")
    return person


def _room(owner: User, neighbour: User, name: str, *, words_unread: bool) -> None:
    room = create_room(by=owner, name=name, slug=name)
    add_member(room=room, by=None, user=neighbour)
    message, _ = post_message(room=room, author=neighbour, text="All quiet.")
    if not words_unread:
        mark_read(room=room, user=owner, sequence=message.sequence)


def _all_hands(owner: User, people: list[User]) -> None:
    room = create_room(by=owner, name=ALL_HANDS, slug=ALL_HANDS, topic="Every one of us, so be brief")
    for person in people:
        add_member(room=room, by=None, user=person)
    for number, words in enumerate(SAID):
        post_message(room=room, author=people[37 * number], text=words)
