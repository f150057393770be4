"""Who is on this site already, and how the demo's people move in."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from chat.demo.people import ASSISTANTS, DOMAIN, PEOPLE, PRICES, VIEWER, address_of
from chat.demo.rooms import PLACES
from chat.demo.script import Person
from chat.exceptions import ChatError
from chat.models import Assistant, Room, User
from chat.services.assistants import save_assistant
from chat.services.people import GENERAL, change_account, change_profile, create_person, settle_latecomers

Household = dict[str, User]


class Inhabited(ChatError):
    """Nobody's own site should be filled with invented people by mistake."""


def is_settled() -> bool:
    return User.objects.filter(username=VIEWER, email=address_of(VIEWER)).exists()


def require_vacancy(*, force: bool) -> None:
    """:raises Inhabited: other people live here (``force`` allows it), or have the demo's names (nothing allows it)."""
    others = User.objects.exclude(kind=User.Kind.ASSISTANT).exclude(email__endswith=f"@{DOMAIN}")
    if not force and (names := list(others.order_by("pk").values_list("username", flat=True)[:3])):
        raise Inhabited(
            f"This site has people of its own already ({', '.join(names)}). The demo fills it with invented people and "
            "rooms, which cannot be removed again. Use an empty database, or --force if you are sure."
        )
    if not is_settled() and (taken := _taken()):
        raise Inhabited(f"The demo needs these names, and they are in use here: {', '.join(taken)}.")


def move_in(password: str) -> Household:
    """Everybody, those who are here already as they are. All of them or nobody."""
    with transaction.atomic():
        for slug, prompt in ASSISTANTS.items():
            if not Assistant.objects.filter(user__username=slug).exists():
                prompt_price, completion_price = map(Decimal, PRICES.get(slug, ("0", "0")))
                prices = {"prompt_price": prompt_price, "completion_price": completion_price}
                save_assistant(slug=slug, provider="demo", prompt=prompt, **prices)
        known = set(User.objects.values_list("username", flat=True))
        for person in PEOPLE:
            if person.name not in known:
                _move_in(person, password)
        settle_latecomers()
    return {user.username: user for user in User.objects.filter(username__in=_names())}


def change_passwords(password: str) -> None:
    """Of those who do not have this one: a new password ends sessions."""
    for user in User.objects.filter(email__endswith=f"@{DOMAIN}", kind=User.Kind.PERSON):
        if not user.check_password(password):
            change_account(person=user, password=password)


def _move_in(person: Person, password: str) -> None:
    is_bot = person.kind == User.Kind.BOT
    user = create_person(
        name=person.name, password=None if is_bot else password, email=address_of(person.name), kind=person.kind
    )
    change_profile(
        user=user,
        display_name=person.display_name,
        avatar_emoji=person.emoji,
        avatar_tint=person.tint,
        time_zone=person.time_zone,
    )


def _taken() -> list[str]:
    slugs = {place.slug for place in PLACES} - {"", GENERAL}
    users = User.objects.filter(username__in=_names()).values_list("username", flat=True)
    return [*sorted(users), *sorted(Room.objects.filter(slug__in=slugs).values_list("slug", flat=True))]


def _names() -> list[str]:
    return [*(person.name for person in PEOPLE), *ASSISTANTS]
