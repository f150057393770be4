"""Every page of the admin, with something in every model."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from chat import models
from chat.models import (
    ApiToken,
    Attempt,
    Feedback,
    Membership,
    RemoteConversation,
    Room,
    SiteSettings,
    UsageLimit,
    User,
)
from chat.replies import ledger
from chat.replies.briefing import brief
from chat.replies.paying import pay
from tests.factories import (
    PASSWORD,
    make_assistant,
    make_message,
    make_person,
    make_reply,
    make_room,
    make_token,
    session_of,
)
from tests.test_architecture import inline_in

OURS = [getattr(models, name) for name in models.__all__]
REGISTERED = sorted(admin.site._registry.items(), key=lambda item: item[0]._meta.label)
EACH = pytest.mark.parametrize(("model", "pages"), REGISTERED, ids=[model._meta.label for model, _ in REGISTERED])


@pytest.fixture
def site(ana: User, ben: User, garden: Room, settings: Settings, tmp_path: Path) -> User:
    """Rows in every model, ours and those of the libraries. Ana's is the one with an e-mail."""
    helper = make_assistant("helper", garden)
    settings.MEDIA_ROOT = tmp_path
    make_message(garden, ana, "hello @ben", files=[SimpleUploadedFile("plan.txt", b"one")])
    make_reply(garden, ana, helper)
    (lease,) = ledger.claim("a writer", 1)
    pay(lease, brief(lease))
    Feedback.objects.create(attempt=Attempt.objects.get(), user=ana, rating=Feedback.Rating.UP, words="Clear.")
    RemoteConversation.objects.create(assistant=helper, room=garden, remote_id="c-1")
    UsageLimit.objects.create(scope="person", person=ana, tokens_per_day=20_000)
    SiteSettings.objects.create(pk=1)
    make_token(ana)
    EmailAddress.objects.create(user=ana, email="ana@example.org", primary=True)
    Authenticator.objects.create(user=ana, type=Authenticator.Type.RECOVERY_CODES, data={})
    UserSession.objects.create(user=ana, ip="192.0.2.1", user_agent="a browser", session_key=session_of(ana))
    return ana


@pytest.fixture
def client(staff: User) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def addresses(model: Any) -> dict[str, str]:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    row = model._default_manager.first()
    assert row is not None, f"a page without rows shows nothing: {model._meta.label}"
    return {
        "list": reverse(f"{name}_changelist"),
        "add": reverse(f"{name}_add"),
        "change": reverse(f"{name}_change", args=[row.pk]),
        "delete": reverse(f"{name}_delete", args=[row.pk]),
        "history": reverse(f"{name}_history", args=[row.pk]),
    }


def test_every_model_of_ours_has_its_pages():
    assert set(OURS) <= set(admin.site._registry)


def test_the_index_names_every_model(client: Client):
    page = client.get("/admin/").content.decode()

    assert [model for model in OURS if list_of(model) not in page] == []


def list_of(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@EACH
def test_the_list_with_search_and_every_filter(client: Client, site: User, model: Any, pages: ModelAdmin):
    address = addresses(model)["list"]
    page = client.get(address)

    assert page.status_code == 200
    assert not re.search(r'<li[^>]*>\s*<a href="[^"]*">\s*</a>', page.content.decode()), "a choice without a word"
    assert client.get(address, {"q": "ana"}).status_code == 200
    for choice in filters_on(page.content.decode()):
        assert client.get(f"{address}{choice}").status_code == 200, choice


def filters_on(page: str) -> set[str]:
    return {unescape(choice) for choice in re.findall(r'<a href="(\?[^"]+)"', page)}


def test_a_long_message_is_found_by_all_that_is_said_in_it(client: Client, ana: User, garden: Room):
    text = " ".join(f"word{number}" for number in range(1500))
    make_message(garden, ana, text)
    make_message(garden, ana, "word1 word2")

    answer = client.get("/admin/chat/message/", {"q": text})

    assert (answer.status_code, answer.context["cl"].result_count) == (200, 1)


@pytest.mark.parametrize("model", OURS)
def test_a_filter_by_a_number_that_no_database_holds(client: Client, site: User, model: Any):
    answer = client.get(addresses(model)["list"], {"pk__in": 10**20}, follow=True)

    assert answer.status_code == 200


@pytest.mark.parametrize("odd", [{"created_at__year": 99999}, {"created_at__year": -1}, {"created_at__month": 10**20}])
def test_a_filter_by_a_day_that_no_calendar_has(client: Client, site: User, odd: dict[str, int]):
    answer = client.get("/admin/chat/message/", odd, follow=True)

    assert answer.status_code == 200


@pytest.mark.parametrize("chosen", ["ana", 10**20])
def test_an_action_on_what_is_no_row(client: Client, site: User, chosen: object):
    page = addresses(Room)["list"]

    answer = client.post(page, {"action": "archive", "_selected_action": chosen}, follow=True)

    assert answer.redirect_chain == [(page, 302)]
    assert "That is not valid." in answer.content.decode()


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (Membership, "user"),
        (Membership, "room"),
        (ApiToken, "user"),
        (UsageLimit, "person"),
        (Room, "answering_assistant"),
    ],
)
@pytest.mark.parametrize("value", ["ana", 10**20])
def test_a_choice_that_is_none_is_said_beside_the_form(
    client: Client, site: User, model: Any, field: str, value: object
):
    page = addresses(model)["change" if model is Room else "add"]

    answer = client.post(page, {"scope": "person", "role": "member", field: value})

    assert answer.status_code == 200
    assert answer.context["adminform"].errors[field]


@pytest.mark.parametrize("model", OURS)
def test_our_lists_can_be_searched_and_filtered(model: Any):
    pages = admin.site._registry[model]

    assert pages.search_fields
    assert pages.list_filter


@pytest.mark.parametrize("model", OURS)
def test_a_filter_of_ours_is_offered(client: Client, site: User, model: Any):
    assert filters_on(client.get(addresses(model)["list"]).content.decode()) != set()


@pytest.mark.parametrize("model", OURS)
def test_no_two_filters_of_a_list_have_one_name(client: Client, site: User, model: Any):
    page = client.get(addresses(model)["list"]).content.decode()

    names = re.findall(r'data-filter-title="([^"]*)"', page)

    assert names != []
    assert len(set(names)) == len(names)


@EACH
def test_adding_changing_history_and_deleting(client: Client, site: User, staff: User, model: Any, pages: ModelAdmin):
    request = RequestFactory().get("/")
    request.user = staff
    where, row = addresses(model), model._default_manager.first()
    may = {"add": pages.has_add_permission(request), "delete": pages.has_delete_permission(request, row)}

    assert client.get(where["change"]).status_code == 200
    assert client.get(where["history"]).status_code == 200
    for page, is_allowed in may.items():
        assert client.get(where[page]).status_code == (200 if is_allowed else 403)


@pytest.mark.parametrize("page", ["list", "add", "change"])
@pytest.mark.parametrize("model", OURS)
def test_no_page_of_ours_needs_an_exception_from_the_policy(client: Client, site: User, model: Any, page: str):
    assert inline_in(client.get(addresses(model)[page]).content.decode()) == []


@pytest.mark.parametrize("model", [models.User, models.Room, models.Message])
def test_what_has_a_number_cannot_be_removed(client: Client, site: User, model: Any):
    where, count = addresses(model), model.objects.count()

    assert client.post(where["delete"], {"post": "yes"}).status_code == 403
    assert 'value="delete_selected"' not in client.get(where["list"]).content.decode()
    assert model.objects.count() == count


@EACH
def test_an_ordinary_person_gets_no_page(ana: User, site: User, model: Any, pages: ModelAdmin):
    client = Client()
    client.force_login(ana)

    assert {client.get(address).status_code for address in addresses(model).values()} <= {302, 403}
    assert {client.post(address).status_code for address in addresses(model).values()} <= {302, 403}


def test_an_ordinary_person_gets_no_index(ana: User):
    client = Client()
    client.force_login(ana)

    assert client.get("/admin/login/").status_code == 403
    assert "Site administration" not in client.get("/admin/", follow=True).content.decode()


def test_signing_in_goes_by_the_site_s_own_page(db: None):
    response = Client().get("/admin/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/accounts/login/")


def test_staff_sign_in_with_their_password(staff: User):
    client = Client()
    client.post("/accounts/login/", {"login": staff.username, "password": PASSWORD})

    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("model", OURS)
def test_a_list_costs_the_same_for_few_rows_and_for_many(client: Client, site: User, model: Any):
    address = addresses(model)["list"]
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(6):
        person = make_person(f"person-{number}")
        room = make_room(f"room-{number}", person)
        make_reply(room, person, make_assistant(f"helper-{number}", room))
        make_message(room, person, "hello @ben")
        (lease,) = ledger.claim("a writer", 1)
        pay(lease, brief(lease))
        UsageLimit.objects.create(scope="person", person=person, tokens_per_day=20_000)
        make_token(person)

    with CaptureQueriesContext(connection) as many:
        client.get(address)

    assert len(many) == len(few)
