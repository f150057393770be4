"""Every word of every page can be said in another language: here in one whose words all stand in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django.fixtures import Settings

from chat.demo import open_house
from chat.exceptions import Invalid
from chat.models import Assistant, Attachment, Attempt, Message, Room, UsageLimit, User
from chat.services.rooms import create_room
from tests.factories import make_assistant
from tests.views.conftest import browser
from tests.views.markup import Element, parse

SAID_ALOUD = ("aria-label", "title", "placeholder", "alt")
UNTOUCHED = {"script", "style", "time", "code", "pre", "option", "bdi", "q", "textarea"}
# Units, and the name of the site itself.
FORMATS = {"byte", "bytes", "kb", "mb", "h", "min", "am", "pm", "utc", "usd", "chat", "s"}
WORD = re.compile(r"[A-Za-z]{2,}")


@pytest.fixture
def bracketed(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    said = translation._trans  # type: ignore[attr-defined]
    monkeypatch.setattr(said, "gettext", lambda words: f"⟦{words}⟧", raising=False)
    monkeypatch.setattr(said, "ngettext", lambda one, many, number: f"⟦{one if number == 1 else many}⟧", raising=False)
    settings.TEMPLATES = settings.TEMPLATES  # templates are read anew


@pytest.fixture
def house(db: None, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    open_house(password="harbour-lights-7")


def addresses() -> Iterator[str]:
    for name in ("home", "rooms", "people", "chats", "chat-new", "account", "tokens", "usage", "writing"):
        yield reverse(name)
    for name in ("account_change_password", "account_email", "mfa_index", "usersessions_list", "account_logout"):
        yield reverse(name)
    yield f"{reverse('rooms')}?q=nothing-is-called-this"
    yield f"{reverse('people')}?q=nobody-is-called-this"
    yield f"{reverse('chats')}?q=no-chat-is-about-this"
    yield "/nothing-here/"
    for typed in ("@", "/", "/ask"):
        yield f"{reverse('completion', args=['general'])}?q={typed}"
    for room in Room.objects.filter(memberships__user__username="ana"):
        for name in ("room", "room-settings", "room-export", "room-leave"):
            yield reverse(name, args=[room.slug])
    for message in Message.objects.filter(room__memberships__user__username="ana", reply__isnull=False)[:12]:
        for name in ("message", "message-ask", "message-feedback", "message-edit", "message-delete"):
            yield reverse(name, args=[message.pk])


def test_no_word_of_a_page_is_english_only(house: None, bracketed: None) -> None:
    UsageLimit.objects.create(scope="person", **dict.fromkeys(UsageLimit.NUMBERS, 1_000_000))
    ana = browser(User.objects.get(username="ana"))
    known = words_of_the_database()

    found = {address: left for address in addresses() if (left := unmarked(ana, address, known))}

    assert not found, "\n".join(f"{a}: {sorted(w)}" for a, w in found.items())


def test_nor_of_a_page_for_those_who_are_not_signed_in(db: None, bracketed: None) -> None:
    names = ("account_login", "account_signup", "account_reset_password", "account_reset_password_done")

    found = {name: left for name in names if (left := unmarked(browser(), reverse(name), set()))}

    assert not found, "\n".join(f"{a}: {sorted(w)}" for a, w in found.items())


@pytest.mark.parametrize("name", ["ana ruiz", "everyone", "helper"])
def test_nor_is_why_a_name_is_refused(db: None, bracketed: None, name: str) -> None:
    make_assistant("helper")
    form = {"username": name, "password1": "harbour-lights-7", "password2": "harbour-lights-7"}

    page = parse(browser().post(reverse("account_signup"), form).content.decode())

    refused = [error.text for error in page.find("span", class_="field__error")]
    assert refused
    assert [words for words in refused if WORD.search(outside_brackets(words))] == []


@pytest.mark.parametrize("slug", ["The Garden", "general"])
def test_nor_is_why_an_address_is_refused(ana: User, bracketed: None, slug: str) -> None:
    with pytest.raises(Invalid) as refused:
        create_room(by=ana, name="Garden", slug=slug)

    assert outside_brackets(refused.value.detail).strip() == ""


def unmarked(client: Client, address: str, known: set[str]) -> set[str]:
    page = parse(client.get(address, follow=True).content.decode())
    body = page.find("body")[0] if page.find("body") else page
    told = " ".join(said(body))
    return {word for word in WORD.findall(outside_brackets(told)) if word.casefold() not in known | FORMATS}


def said(element: Element) -> Iterator[str]:
    yield from (element.attributes[name] for name in SAID_ALOUD if element.attributes.get(name))
    if (
        element.tag in UNTOUCHED
        or element.attributes.get("dir") == "auto"
        or "prose" in element.attributes.get("class", "")
    ):
        return
    for child in element.children:
        if isinstance(child, str):
            yield child
        else:
            yield from said(child)


def is_somebodys(element: Element) -> bool:
    """Who speaks, in any direction, is no page."""
    classes = set(element.attributes.get("class", "").split())
    return element.attributes.get("dir") == "auto" or bool(classes & {"prose", "reply__model", "export__line"})


def outside_brackets(told: str) -> str:
    """Brackets stand in brackets where words are put into words."""
    kept, depth = [], 0
    for character in told:
        depth += {"⟦": 1, "⟧": -1}.get(character, 0)
        if depth == 0:
            kept.append(" " if character == "⟧" else character)
    return "".join(kept)


def words_of_the_database() -> set[str]:
    """What people and operators have named is nobody's to translate."""
    told = [settings.SITE_NAME, settings.SITE_URL]
    told += chain.from_iterable(User.objects.values_list("username", "display_name", "email"))
    told += chain.from_iterable(Room.objects.values_list("name", "topic", "slug", "instructions"))
    told += Assistant.objects.values_list("model", flat=True)
    told += Attempt.objects.values_list("model", flat=True)
    told += Attachment.objects.values_list("name", flat=True)
    return {word.casefold() for word in WORD.findall(" ".join(filter(None, told)))}


def test_commands_are_called_what_they_are_in_every_language(ana: User, bracketed: None) -> None:
    page = parse(browser(ana).get(reverse("writing")).content.decode())

    codes = [code.text for code in page.find("code") if code.text.startswith("/")]

    assert "/ask" in codes
    assert "/invite ⟦@name⟧" in codes


def test_days_are_written_in_the_order_of_the_language(house: None, bracketed: None) -> None:
    page = browser(User.objects.get(username="ana")).get(reverse("usage")).content.decode()

    days = [row.text for row in parse(page).find("th") if "⟦" in row.text and any(map(str.isdigit, row.text))]

    assert days
    assert [day for day in days if not re.fullmatch(r"⟦\d+ ⟦\w+⟧⟧", day)] == []


def test_scripts_find_their_words_in_every_language_but_the_one_they_are_written_in(
    db: None, settings: Settings
) -> None:
    address = reverse("words")
    assert address not in browser().get(reverse("account_login")).content.decode()

    settings.LANGUAGE_CODE = "de"
    page = browser().get(reverse("account_login")).content.decode()

    assert f'<script src="{address}" defer>' in page
    assert '<html lang="de"' in page
    assert "gettext" in browser().get(address).content.decode()
