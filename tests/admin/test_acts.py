"""What staff do in the admin happens as it does on the other pages: by the services, announced, and kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from chat.admin.assistants import SECTIONS
from chat.models import ApiToken, Assistant, Membership, Message, Room, User
from chat.services.assistants import FIELDS
from chat.services.rooms import direct_room
from tests.announcements import Heard, heard
from tests.factories import (
    PASSWORD,
    fresh,
    make_assistant,
    make_message,
    make_person,
    make_room,
    make_token,
    membership,
)
from tests.fake_llm import FakeLLM

__all__ = ["heard"]
pytestmark = pytest.mark.django_db(transaction=True)


class Staff:
    """Somebody of the staff at their browser. What they are told is in ``told``."""

    def __init__(self) -> None:
        self.user = make_person("root", is_staff=True)
        self.client = Client()
        self.client.force_login(self.user)
        self.told: list[str] = []

    def act(self, action: str, *rows: Model) -> None:
        fields = {"action": action, "_selected_action": [row.pk for row in rows]}
        self._hear(self.client.post(page("changelist", rows[0]), fields))

    def add(self, model: type[Model], /, **fields: Any) -> Any:
        return self._hear(self.client.post(page("add", model), fields))

    def change(self, row: Model, /, **fields: Any) -> Any:
        return self._hear(self.client.post(page("change", row), fields))

    def remove(self, row: Model) -> None:
        self._hear(self.client.post(page("delete", row), {"post": "yes"}))

    def _hear(self, response: Any) -> Any:
        self.told += [str(message) for message in get_messages(response.wsgi_request)]
        self.client.cookies.pop("messages", None)
        return response


def page(name: str, row: Model | type[Model]) -> str:
    meta = row._meta
    if name == "password_change":
        return reverse("admin:auth_user_password_change", args=[row.pk])
    args = [row.pk] if name in ("change", "delete") else []
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=args)


@pytest.fixture
def staff() -> Staff:
    return Staff()


@pytest.fixture
def ana() -> User:
    return make_person("ana")


@pytest.fixture
def garden(ana: User) -> Room:
    return make_room("garden", owner=ana, kind=Room.Kind.PRIVATE)


def test_deleted_messages_leave_tombstones_and_everybody_hears_it(staff: Staff, ana: User, garden: Room, heard: Heard):
    first, second = make_message(garden, ana), make_message(garden, ana)
    before = fresh(garden).revision
    heard.forget()

    staff.act("delete_words", first, second)

    assert list(Message.objects.order_by("pk").values_list("text", "deleted_by")) == [("", staff.user.pk)] * 2
    assert sorted(change["revision"] for change in heard.of_kind("change")) == [before + 1, before + 2]
    assert staff.told == ["2 deleted."]


def test_nobody_s_words_are_changed(staff: Staff, ana: User, garden: Room):
    message = make_message(garden, ana, "mine")

    assert staff.change(message, text="yours").status_code == 403
    assert Message.objects.get().text == "mine"


def test_a_deactivated_person_is_signed_out_at_once(staff: Staff, ana: User, heard: Heard):
    heard.forget()

    staff.act("deactivate_people", ana)

    assert User.objects.get(pk=ana.pk).is_active is False
    assert [announcement["user"] for announcement in heard.of_kind("access")] == [ana.pk]

    staff.act("reactivate_people", ana)
    assert User.objects.get(pk=ana.pk).is_active is True
    assert staff.told == ["1 deactivated.", "1 reactivated."]


def test_staff_cannot_lock_themselves_out(staff: Staff):
    staff.act("deactivate_people", staff.user)
    staff.change(staff.user, email="", avatar_tint=0)

    user = User.objects.get(pk=staff.user.pk)
    assert (user.is_active, user.is_staff) == (True, True)
    assert staff.told == ["root: You may not do that.", "0 deactivated.", "You would lock yourself out."]


def test_archived_rooms_are_closed_for_writing_and_everybody_hears_it(staff: Staff, garden: Room, heard: Heard):
    heard.forget()

    staff.act("archive", garden)
    assert fresh(garden).is_archived is True

    staff.act("unarchive", garden)
    assert fresh(garden).is_archived is False
    assert [change["revision"] for change in heard.of_kind("change")] == [garden.revision + 1, garden.revision + 2]


def test_a_new_person_is_at_home(staff: Staff):
    staff.add(User, username="Ben", password=PASSWORD, email="ben@example.org", kind="person")

    ben = User.objects.get(username="ben")
    assert (ben.email, ben.is_staff, ben.check_password(PASSWORD)) == ("ben@example.org", False, True)
    assert list(ben.memberships.values_list("room__slug", flat=True)) == ["general"]


def test_a_bot_needs_no_password(staff: Staff):
    staff.add(User, username="cron", password="", kind="bot")

    assert User.objects.get(username="cron").has_usable_password() is False


@pytest.mark.parametrize(("field", "value"), [("username", "ana"), ("username", "Not Good"), ("password", "123")])
def test_a_person_who_cannot_be_is_refused_beside_the_field(staff: Staff, ana: User, field: str, value: str):
    response = staff.add(User, **{"username": "ben", "password": PASSWORD, "kind": "person", field: value})

    assert response.status_code == 200
    assert set(response.context["adminform"].form.errors) == {field}
    assert User.objects.count() == 2


def test_changing_a_person(staff: Staff, ana: User):
    staff.change(
        ana,
        display_name="Ana B.",
        avatar_emoji="🐳",
        avatar_tint=3,
        time_zone="Europe/Paris",
        email="a@b.org",
        is_staff="on",
    )

    ana.refresh_from_db()
    assert (ana.display_name, ana.avatar_tint, ana.time_zone) == ("Ana B.", 3, "Europe/Paris")
    assert (ana.email, ana.is_staff, ana.is_superuser) == ("a@b.org", True, True)


def test_what_a_service_refuses_is_said_and_nothing_is_half_done(staff: Staff, ana: User):
    staff.change(ana, display_name="Ana B.", avatar_tint=0, time_zone="Middle/Earth", email="")

    ana.refresh_from_db()
    assert staff.told == ["This time zone is not known."]
    assert ana.display_name == ""
    assert LogEntry.objects.count() == 0


def test_a_new_password_ends_the_sessions(staff: Staff, ana: User, heard: Heard):
    heard.forget()

    staff.client.post(page("password_change", ana), {"password1": "a-new-one-77", "password2": "a-new-one-77"})

    ana.refresh_from_db()
    assert ana.check_password("a-new-one-77")
    assert heard.of_kind("access")[0]["user"] == ana.pk


def test_an_assistant_gets_no_password(staff: Staff):
    helper = make_assistant("helper").user

    staff._hear(
        staff.client.post(
            page("password_change", helper),
            {"password1": "a-new-one-77", "password2": "a-new-one-77"},
        )
    )

    assert User.objects.get(pk=helper.pk).has_usable_password() is False
    assert staff.told == ["An assistant has no account."]


def test_an_assistant_s_face_is_changed_like_a_person_s(staff: Staff):
    helper = make_assistant("helper").user

    staff.change(helper, display_name="Helper", avatar_emoji="🤖", avatar_tint=1)

    assert User.objects.get(pk=helper.pk).display_name == "Helper"


def test_a_new_room_belongs_to_whoever_makes_it(staff: Staff):
    staff.add(Room, name="The Lab", slug="", kind="private", topic="")

    room = Room.objects.get(slug="the-lab")
    assert (room.kind, membership(room, staff.user).role) == ("private", "owner")
    assert LogEntry.objects.get().object_id == str(room.pk)


def test_changing_a_room_is_announced(staff: Staff, garden: Room, heard: Heard):
    helper = make_assistant("helper")
    heard.forget()

    staff.change(garden, name="Orchard", topic="Apples", kind="public", answering_assistant=helper.pk)

    room = fresh(garden)
    assert (room.name, room.topic, room.kind, room.answering_assistant) == ("Orchard", "Apples", "public", helper)
    assert room.membership_of(helper.user) is not None
    assert heard.of_kind("change")[-1]["revision"] == room.changed_revision == room.revision


def test_a_room_s_address_is_taken_once(staff: Staff, garden: Room):
    response = staff.add(Room, name="Garden", slug="garden", kind="public", topic="")

    assert response.context["adminform"].form.errors == {"slug": ["A room with this address exists already."]}


def test_members_come_and_go_by_the_services(staff: Staff, garden: Room, heard: Heard):
    ben = make_person("ben")
    heard.forget()

    staff.add(Membership, room=garden.pk, user=ben.pk, role="member")
    staff.change(membership(garden, ben), role="owner")
    assert membership(garden, ben).role == "owner"
    staff.remove(membership(garden, ben))

    assert garden.membership_of(ben) is None
    assert [(told["user"], told["joined"]) for told in heard.of_kind("membership")] == [(ben.pk, True), (ben.pk, False)]
    assert [told["user"] for told in heard.of_kind("access")] == [ben.pk]


def test_several_members_are_removed_by_the_service_too(staff: Staff, ana: User, garden: Room, heard: Heard):
    heard.forget()

    staff.client.post(
        page("changelist", Membership),
        {"action": "delete_selected", "_selected_action": [membership(garden, ana).pk], "post": "yes"},
    )

    assert garden.membership_of(ana) is None
    assert [told["user"] for told in heard.of_kind("access")] == [ana.pk]


def test_a_direct_room_keeps_its_people(staff: Staff, ana: User):
    room = direct_room(by=ana, others=[make_person("ben")])

    staff.add(Membership, room=room.pk, user=staff.user.pk, role="member")
    staff.remove(membership(room, ana))

    assert set(room.memberships.values_list("user__username", flat=True)) == {"ana", "ben"}
    assert staff.told == ["A direct room keeps its people."] * 2


def test_a_token_s_secret_is_told_once(staff: Staff, ana: User):
    staff.add(ApiToken, user=ana.pk, name="backup")

    token = ApiToken.objects.get(user=ana)
    (told, *_) = staff.told
    secret = told.split()[4]
    assert ApiToken.objects.matching(secret) == token
    assert secret not in staff.client.get(page("change", token)).content.decode()


def test_assistants_get_no_token(staff: Staff):
    staff.add(ApiToken, user=make_assistant("helper").user.pk, name="x")

    assert staff.told == ["An assistant has no tokens."]
    assert ApiToken.objects.count() == 0


def test_a_revoked_token_is_dead_at_once(staff: Staff, ana: User, heard: Heard):
    token, secret = make_token(ana)
    heard.forget()

    staff.act("revoke", token)

    assert ApiToken.objects.matching(secret) is None
    assert [told["user"] for told in heard.of_kind("access")] == [ana.pk]


def test_a_new_assistant(staff: Staff):
    staff.add(
        Assistant,
        slug="helper",
        provider="openai",
        base_url="http://ollama:11434/v1/",
        key_env="",
        model="m",
        prompt="",
        enabled="on",
    )

    helper = Assistant.objects.get()
    assert (helper.slug, helper.base_url, helper.user.kind) == ("helper", "http://ollama:11434/v1", "assistant")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "ana"),
        ("slug", "No Name"),
        ("base_url", "ftp://x"),
        ("key_env", "sk-123"),
        ("temperature", "3"),
        ("provider", "x"),
        ("headers", "{"),
    ],
)
def test_an_assistant_that_cannot_be_is_refused_beside_the_field(staff: Staff, ana: User, field: str, value: str):
    response = staff.add(Assistant, **{"slug": "helper", "provider": "demo", field: value})

    assert set(response.context["adminform"].form.errors) == {field}


def test_the_form_has_a_place_for_each_field():
    placed = [field for _, section in SECTIONS for field in section["fields"]]

    assert sorted(placed) == sorted(FIELDS)


def test_a_circle_of_stand_ins_is_refused_on_the_form(staff: Staff):
    helper = make_assistant("helper")
    stand_in = make_assistant("other", fallback=helper)

    response = staff.change(helper, provider="demo", fallback=stand_in.pk)

    assert response.context["adminform"].form.errors == {"fallback": ["a circle, by other, helper."]}


@pytest.mark.parametrize("headers", ['{"api-key": 1}', "[1]", '"x"', "1"])
def test_headers_of_another_shape_are_refused_on_the_form(staff: Staff, headers: str):
    response = staff.change(make_assistant("helper"), provider="demo", headers=headers, query=headers)

    assert response.status_code == 200
    assert "a JSON object of texts" in response.context["adminform"].form.errors["headers"][0]


def test_a_key_in_a_header_is_refused_on_the_form_and_its_variable_is_taken(staff: Staff):
    refused = staff.add(Assistant, slug="helper", provider="demo", headers='{"api-key": "abc"}')
    staff.add(Assistant, slug="helper", provider="demo", headers='{"api-key": "$AZURE_KEY"}')

    assert "a key is never stored" in refused.context["adminform"].form.errors["headers"][0]
    assert Assistant.objects.get().headers == {"api-key": "$AZURE_KEY"}


def test_changing_an_assistant(staff: Staff):
    helper = make_assistant("helper")

    staff.change(helper, provider="demo", base_url="", model="", prompt="Be kind.", temperature="0.5")

    helper.refresh_from_db()
    assert (helper.prompt, helper.temperature, helper.enabled) == ("Be kind.", 0.5, False)


def test_the_list_says_what_an_assistant_lacks(staff: Staff):
    make_assistant("helper", provider="openai", base_url="https://api.example.org/v1", model="m", key_env="ACME_KEY")

    assert "The variable ACME_KEY is not set." in staff.client.get(page("changelist", Assistant)).content.decode()


def test_trying_an_assistant_shows_its_answer_or_its_error(staff: Staff, settings: Settings):
    settings.READ_SECRET = {"GOOD_KEY": "good"}.get
    with FakeLLM() as server:
        server.reply_with("I am a model.")
        good = make_assistant("good", provider="openai", base_url=server.url, model="m", key_env="GOOD_KEY")
        staff.act("try_it", good)
    keyless = make_assistant(
        "keyless", provider="openai", base_url="http://127.0.0.1:9/v1", model="m", key_env="NO_KEY"
    )
    away = make_assistant("away", provider="openai", base_url="http://127.0.0.1:9/v1", model="m")

    staff.act("try_it", keyless)
    staff.act("try_it", away)

    assert staff.told[:2] == ["good: I am a model.", "keyless: The variable NO_KEY is not set."]
    assert staff.told[2].startswith("away: The connection to the model's server failed.")
