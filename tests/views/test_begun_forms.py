"""A room's settings on a page that was opened before somebody else changed them."""

from __future__ import annotations

from typing import Any

from django.test import Client

from chat.models import Room, User
from chat.services.rooms import change_room
from tests.factories import fresh
from tests.views.conftest import browser
from tests.views.markup import filled_in, parse

ADDRESS = "/rooms/garden/settings"


def form_of(page: Any, do: str) -> dict[str, str]:
    """One of the page's forms, as it is filled in, and its button."""
    (form,) = [form for form in parse(page.content).find("form") if form.find("button", value=do)]
    return {**filled_in(form), "do": do}


def opened(client: Client, do: str) -> dict[str, str]:
    return form_of(client.get(ADDRESS), do)


def test_who_changes_the_topic_on_an_older_page_opens_no_room_that_was_closed_since(garden: Room, ana: User) -> None:
    client = browser(ana)
    page = opened(client, "change")
    change_room(room=garden, by=ana, kind="private", name="Orchard")

    client.post(ADDRESS, {**page, "topic": "apples"})

    room = fresh(garden)
    assert (page["kind"], room.kind, room.name, room.topic) == ("public", "private", "Orchard", "apples")


def test_what_was_changed_is_changed_whatever_has_become_of_it(garden: Room, ana: User) -> None:
    client = browser(ana)
    page = opened(client, "change")
    change_room(room=garden, by=ana, kind="private", topic="pears")

    client.post(ADDRESS, {**page, "topic": "apples", "name": "Orchard"})

    room = fresh(garden)
    assert (room.kind, room.name, room.topic) == ("private", "Orchard", "apples")


def test_who_changes_the_instructions_switches_no_assistants_on_that_were_switched_off_since(
    garden: Room, ana: User
) -> None:
    client = browser(ana)
    page = opened(client, "instruct")
    change_room(room=garden, by=ana, has_assistants=False)

    client.post(ADDRESS, {**page, "instructions": "Be short."})

    room = fresh(garden)
    assert (page["has_assistants"], room.has_assistants, room.instructions) == ("on", False, "Be short.")


def test_who_switches_assistants_off_leaves_what_they_are_told_since(garden: Room, ana: User) -> None:
    change_room(room=garden, by=ana, instructions="Be short.\nBe kind.")
    client = browser(ana)
    page = opened(client, "instruct")
    change_room(room=garden, by=ana, instructions="Be long.")

    del page["has_assistants"]
    client.post(ADDRESS, {name: value.replace("\n", "\r\n") for name, value in page.items()})

    room = fresh(garden)
    assert (room.has_assistants, room.instructions) == (False, "Be long.")


def test_a_form_that_was_refused_still_knows_what_it_began_with(garden: Room, ana: User) -> None:
    client = browser(ana)
    page = opened(client, "change")
    change_room(room=garden, by=ana, kind="private")

    refused = client.post(ADDRESS, {**page, "name": "", "topic": "apples"})
    client.post(ADDRESS, {**form_of(refused, "change"), "name": "Orchard"})

    room = fresh(garden)
    assert (refused.status_code, room.kind, room.name, room.topic) == (422, "private", "Orchard", "apples")


def test_who_does_not_say_what_they_began_with_means_what_they_say(garden: Room, ana: User) -> None:
    """A program, or a page of before."""
    change_room(room=garden, by=ana, kind="private", topic="pears", instructions="Be short.")
    client = browser(ana)

    refused = client.post(ADDRESS, {"do": "change", "name": "", "topic": "", "kind": "public"})
    client.post(ADDRESS, {**form_of(refused, "change"), "name": "Orchard"})
    client.post(ADDRESS, {"do": "instruct", "instructions": ""})

    room = fresh(garden)
    assert (room.kind, room.name, room.topic) == ("public", "Orchard", "")
    assert (room.has_assistants, room.instructions) == (False, "")
