from __future__ import annotations

import pytest
from pytest_django import Settings

from chat.exceptions import ChatError, Forbidden, Invalid, NameTaken
from chat.models import Room, User
from chat.services.people import (
    change_account,
    change_profile,
    create_person,
    deactivate,
    reactivate,
    settle_latecomers,
    visit,
)
from tests.factories import PASSWORD, make_assistant


def rooms_of(user: User) -> set[str]:
    return set(user.memberships.values_list("room__name", flat=True))


def test_create_person_brings_them_home(db: None):
    make_assistant("demo")

    ana = create_person(name="Ana", password=PASSWORD, email="ana@example.org")

    assert (ana.username, ana.kind, ana.check_password(PASSWORD), ana.is_staff) == ("ana", "person", True, False)
    assert rooms_of(ana) == {"General", "ana, demo"}


def test_without_the_default_assistant_there_is_general(db: None, settings: Settings):
    settings.DEFAULT_ASSISTANT = "nobody"

    assert rooms_of(create_person(name="ana")) == {"General"}


def test_without_a_password_nobody_signs_in(db: None):
    assert create_person(name="ana").has_usable_password() is False


def test_a_bot_is_a_kind_of_its_own(db: None):
    assert create_person(name="cron", kind="bot").kind == "bot"


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"name": "ANA"}, NameTaken),
        ({"name": "helper"}, NameTaken),
        ({"name": "all"}, Invalid),
        ({"name": "a b"}, Invalid),
        ({"name": ""}, Invalid),
        ({"name": "ben", "email": "nowhere"}, Invalid),
        ({"name": "ben", "email": "ANA@example.org"}, Invalid),
        ({"name": "ben", "password": "12345678"}, Invalid),
    ],
)
def test_create_person_refuses(db: None, given: dict[str, str], refusal: type[ChatError]):
    create_person(name="ana", email="ana@example.org")
    make_assistant("helper")

    with pytest.raises(ChatError) as refused:
        create_person(**given)  # type: ignore[arg-type]

    assert type(refused.value) is refusal
    assert User.objects.count() == 2


def test_change_account_changes_what_is_given(ana: User):
    change_account(person=ana, email="ana@example.org")
    change_account(person=ana, password="another-horse-2")
    change_account(person=ana, is_staff=True)

    stored = User.objects.get()
    assert (stored.email, stored.check_password("another-horse-2"), stored.is_staff, stored.is_superuser) == (
        "ana@example.org",
        True,
        True,
        True,
    )


def test_change_account_leaves_what_others_change_meanwhile(staff: User):
    as_it_was = User.objects.get(pk=staff.pk)
    change_account(person=staff, is_staff=False, email="staff@example.org")

    change_account(person=as_it_was, password="another-horse-2")

    now = User.objects.get(pk=staff.pk)
    assert (now.is_staff, now.is_superuser, now.email) == (False, False, "staff@example.org")
    assert now.check_password("another-horse-2")


def test_change_account_refuses(ana: User):
    helper = make_assistant("helper").user

    with pytest.raises(Invalid):
        change_account(person=helper, password=PASSWORD)
    with pytest.raises(Invalid):
        change_account(person=ana, password="short")
    with pytest.raises(Invalid):
        change_account(person=ana, email="nowhere")
    assert User.objects.get(pk=ana.pk).check_password(PASSWORD)


def test_change_profile(ana: User):
    change_profile(user=ana, display_name=" Ana B. ", avatar_emoji="🐳", avatar_tint=3, time_zone="Europe/Paris")

    stored = User.objects.get()
    assert (stored.display_name, stored.avatar_emoji, stored.avatar_tint, stored.time_zone) == (
        "Ana B.",
        "🐳",
        3,
        "Europe/Paris",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"avatar_tint": 9},
        {"time_zone": "Middle/Earth"},
        {"display_name": "x" * 81},
        {"avatar_emoji": "ADMIN"},
        {"avatar_emoji": "🦊🐻"},
    ],
)
def test_change_profile_refuses(ana: User, wrong: dict[str, object]):
    given = {"display_name": "A", "avatar_emoji": "", "avatar_tint": 0, "time_zone": "", **wrong}

    with pytest.raises(Invalid):
        change_profile(user=ana, **given)  # type: ignore[arg-type]

    assert User.objects.get().display_name == ""


def test_a_time_zone_that_is_not_offered_any_more_stands_in_the_way_of_nothing(ana: User):
    User.objects.update(time_zone="localtime")
    ana.refresh_from_db()

    change_profile(user=ana, display_name="Ana B.", avatar_emoji="", avatar_tint=0, time_zone="localtime")

    assert User.objects.get().display_name == "Ana B."


@pytest.mark.parametrize(
    "name",
    [
        *("ben", "Вen", "b\u200ben", "BÉN", "Benjamin K.", "benjamin-k", "BenjamIn K.", "Benjamln K.", "Benjam1n-K."),
        *("Admin", "Ana (staff)", "ADMlN", "adm|n", "Site-Admin", "the_staff", "Ana|Support", "Site ad.min"),
        *("Ana-adm1n", "Ana-a\u200dd\u0308min"),
    ],
)
def test_nobody_is_shown_as_somebody_else_or_as_staff(ana: User, ben: User, name: str):
    User.objects.filter(pk=ben.pk).update(display_name="Benjamin K.")
    given = {"avatar_emoji": "", "avatar_tint": 0, "time_zone": ""}

    with pytest.raises(NameTaken):
        change_profile(user=ana, display_name=name, **given)  # type: ignore[arg-type]
    change_profile(user=ana, display_name="Ana Benjamin", **given)  # type: ignore[arg-type]
    change_profile(user=ana, display_name="\u202e Ana \u2066", **given)  # type: ignore[arg-type]

    assert User.objects.get(pk=ana.pk).shown_name == "Ana"


def test_a_name_and_a_face_one_had_before_may_stay_and_staff_are_who_they_say(ana: User, staff: User):
    ana.display_name, ana.avatar_emoji = "Support", "A"
    ana.save()

    for person in (ana, staff):
        change_profile(
            user=person, display_name="Support", avatar_emoji=person.avatar_emoji, avatar_tint=3, time_zone=""
        )

    assert set(User.objects.values_list("display_name", "avatar_tint")) == {("Support", 3)}


def test_only_staff_close_and_open_accounts_and_not_their_own(ana: User, ben: User, staff: User):
    with pytest.raises(Forbidden):
        deactivate(person=ben, by=ana)
    with pytest.raises(Forbidden):
        deactivate(person=staff, by=staff)

    deactivate(person=ben, by=staff)
    assert User.objects.get(pk=ben.pk).is_active is False
    with pytest.raises(Forbidden):
        reactivate(person=ben, by=ana)
    reactivate(person=ben, by=staff)
    assert User.objects.get(pk=ben.pk).is_active is ben.is_active is True


def test_latecomers_are_settled_once(db: None):
    early = create_person(name="early")
    homeless = User.objects.create_user("homeless")
    bot = create_person(name="cron", kind="bot")
    make_assistant("demo")

    assert settle_latecomers() == 3
    assert settle_latecomers() == 0
    assert [rooms_of(user) for user in (early, homeless, bot)] == [
        {"General", "early, demo"},
        {"General", "homeless, demo"},
        {"General", "cron, demo"},
    ]


def test_the_room_a_person_was_in_last_is_remembered(ana: User, garden: Room):
    visit(user=ana, room=garden)

    assert User.objects.get(pk=ana.pk).last_room == garden
