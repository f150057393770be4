"""Every page asks who comes, shows strangers nothing of a closed room, and changes nothing by being looked at."""

from __future__ import annotations

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, reverse

from chat import urls
from chat.models import Message, Room, User
from chat.replies.ledger import Outcome, claim, finish
from chat.services.chats import new_chat
from tests.factories import make_assistant, make_reply
from tests.views.conftest import browser

FOR_EVERYBODY = {"words", "me-css", "asset"}  # what the page of signing in needs, too
PAGES: dict[str, URLPattern] = {
    page.name: page for page in urls.urlpatterns if page.name and page.name not in FOR_EVERYBODY
}
IN_A_ROOM = [name for name, page in PAGES.items() if {"slug", "pk"} & set(page.pattern.converters)]
OF_A_QUESTION = {"message-edit", "message-again"}
ACTS = {"room-join", "message-stop", "message-retry", "message-continue"}  # no pages: there is nothing to look at
ENDED = 286  # what a page asks for by itself ends there


@pytest.fixture
def answered(cellar: Room, ana: User) -> Message:
    """In a private room, an answer to Ana's question."""
    reply = make_reply(cellar, ana, make_assistant("helper", cellar))
    (lease,) = claim("a writer", limit=1)
    finish(lease, Outcome(status="stopped", reason="stopped", text="by the sea", sequence=1))
    return reply


@pytest.fixture
def addresses(answered: Message, ana: User) -> dict[str, str]:
    """Of what Ana may see and strangers may not."""
    chat = new_chat(by=ana, assistant=answered.reply.assistant)

    def address_of(name: str, page: URLPattern) -> str:
        key = answered.reply.prompt_id if name in OF_A_QUESTION else answered.pk
        slug = chat.slug if name.startswith("chat-") else answered.room.slug
        given = {"slug": slug, "pk": key, "number": 1, "name": "ben"}
        return reverse(name, kwargs={part: given[part] for part in page.pattern.converters}) + "?name=helper"

    return {name: address_of(name, page) for name, page in PAGES.items()}


def rows() -> list[object]:
    """What there is, but where each person was last."""
    messages = Message.objects.order_by("pk").values_list("text", "revision", "status", "deleted_at")
    rooms = Room.objects.order_by("pk").values_list("slug", "name", "revision", "memberships__user")
    return [*messages, *rooms.order_by("pk", "memberships__user")]


def is_sent_to_sign_in(answer: HttpResponseBase) -> bool:
    return answer.status_code == 302 and answer["Location"].startswith("/accounts/login/?next=")


def test_whoever_is_not_signed_in_is_sent_to_sign_in(addresses: dict[str, str]) -> None:
    before, client = rows(), Client()

    looks = {name: client.get(address) for name, address in addresses.items()}
    forms = {name: client.post(address) for name, address in addresses.items()}

    let_in = {name: answer.status_code for name, answer in looks.items() if not is_sent_to_sign_in(answer)}
    assert let_in == {**dict.fromkeys(ACTS, 405), "message-place": ENDED}
    assert not looks["message-place"].content
    assert {answer.status_code for answer in forms.values() if not is_sent_to_sign_in(answer)} == {405}
    assert rows() == before


def test_to_a_stranger_nothing_of_a_closed_room_is_there(addresses: dict[str, str], eve: User) -> None:
    before, client = rows(), browser(eve)

    looks = {name: client.get(addresses[name]).status_code for name in IN_A_ROOM}
    forms = {name: client.post(addresses[name], {"emoji": "👍"}).status_code for name in IN_A_ROOM}

    assert looks == {name: 405 if name in ACTS else 404 for name in IN_A_ROOM}
    assert set(forms.values()) == {404, 405}
    assert {forms[name] for name in ACTS} == {404}
    assert rows() == before


def test_nothing_is_changed_by_a_look(addresses: dict[str, str], ana: User) -> None:
    before, client = rows(), browser(ana)

    looks = {name: client.get(address).status_code for name, address in addresses.items()}

    assert {name for name, status in looks.items() if status == 405} == ACTS
    assert not {name: status for name, status in looks.items() if status not in (200, 204, 302, 405)}
    assert rows() == before


def test_nothing_is_done_for_a_form_of_another_site(addresses: dict[str, str], ana: User) -> None:
    before, client = rows(), Client(enforce_csrf_checks=True)
    client.force_login(ana)

    assert {client.post(address).status_code for address in addresses.values()} == {403}
    assert rows() == before
