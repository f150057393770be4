"""What goes out by mail, and what the pages of allauth say: in our words, not in its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import allauth
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import Settings

from chat.models import User
from tests.factories import PASSWORD
from tests.views.conftest import browser
from tests.views.markup import parse

pytestmark = pytest.mark.django_db
NEW = {"password1": "another-horse-2", "password2": "another-horse-2"}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
TEMPLATES = Path(allauth.__file__).parent / "templates"
SPOKEN = ("account/email", "account/messages", "mfa/email", "mfa/messages", "usersessions/messages")
# Nothing here leads to them: what is signed in with, and how addresses are confirmed, is said in the settings.
NEVER_SENT = re.compile(
    "webauthn|phone|login_code|_code_|unknown_account|account_already_exists|email_confirm_|logged_(in|out).txt"
)


@pytest.fixture
def mailed(ana: User) -> Client:
    """Ana at her browser, with an address that is hers and a password that was asked for just now."""
    ana.email = "ana@example.org"
    ana.save()
    EmailAddress.objects.create(user=ana, email=ana.email, primary=True, verified=True)
    client = browser(ana)
    client.defaults["HTTP_USER_AGENT"] = FIREFOX
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_nothing_is_said_in_the_words_of_the_library() -> None:
    theirs = [str(file.relative_to(TEMPLATES)) for folder in SPOKEN for file in (TEMPLATES / folder).glob("*.txt")]

    assert len(theirs) > 40
    assert [
        name for name in sorted(theirs) if not NEVER_SENT.search(name) and not (Path("templates") / name).exists()
    ] == []


def test_whoever_gave_an_address_is_asked_who_they_are(settings: Settings) -> None:
    given = {"username": "ana", "email": "ana@example.org", "password1": PASSWORD, "password2": PASSWORD}

    browser().post("/accounts/signup/", given, headers={"Host": "localhost:9999"})

    letter = only_letter()
    assert letter.subject == f"[{settings.SITE_NAME}] Confirm your e-mail address"
    assert f"@ana on {settings.SITE_NAME} gave this e-mail address as theirs." in letter.body
    assert f"{settings.SITE_URL}/accounts/confirm-email/" in letter.body
    assert "The link lives for 3 days. Is it not you?" in letter.body
    assert letter.body.endswith(f"\n\n{settings.SITE_NAME}\n{settings.SITE_URL}")


def test_an_address_that_is_added_is_confirmed_by_the_same_letter(mailed: Client) -> None:
    mailed.post("/accounts/email/", {"action_add": "", "email": "other@example.org"})

    letter = only_letter()
    assert (letter.to, letter.subject.split("] ")[1]) == (["other@example.org"], "Confirm your e-mail address")
    assert "@ana on" in letter.body


def test_a_link_for_a_new_password_says_who_it_is_for_and_how_long_it_lives(mailed: Client, settings: Settings) -> None:
    browser().post("/accounts/password/reset/", {"email": "ana@example.org"})

    letter = only_letter()
    assert letter.subject == f"[{settings.SITE_NAME}] Choose a new password"
    assert f"Somebody asked for a new password for @ana on {settings.SITE_NAME}" in letter.body
    assert "The link works once, and lives for 3 days. Was it not you?" in letter.body
    assert settings.PASSWORD_RESET_TIMEOUT == 3 * 24 * 60 * 60


def change_password(client: Client) -> None:
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, **NEW})


def follow_the_link(client: Client) -> None:
    browser().post("/accounts/password/reset/", {"email": "ana@example.org"})
    link = next(word for word in str(mail.outbox.pop().body).split() if "/password/reset/key/" in word)
    page = client.get(link, follow=True)
    client.post(page.request["PATH_INFO"], NEW)


def use_another_address(client: Client) -> None:
    add_address(client)
    client.post("/accounts/email/", {"action_primary": "", "email": "other@example.org"})


def remove_address(client: Client) -> None:
    add_address(client)
    client.post("/accounts/email/", {"action_remove": "", "email": "other@example.org"})


def add_address(client: Client) -> None:
    EmailAddress.objects.create(user=User.objects.get(username="ana"), email="other@example.org", verified=True)


def switch_on(client: Client) -> None:
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    client.post("/accounts/2fa/totp/activate/", {"code": code})


def switch_off(client: Client) -> None:
    Authenticator.objects.create(
        user=User.objects.get(username="ana"), type="totp", data={"secret": "JBSWY3DPEHPK3PXP"}
    )
    client.post("/accounts/2fa/totp/deactivate/")


def make_codes(client: Client) -> None:
    Authenticator.objects.create(
        user=User.objects.get(username="ana"), type="totp", data={"secret": "JBSWY3DPEHPK3PXP"}
    )
    client.post("/accounts/2fa/recovery-codes/generate/")


@pytest.mark.django_db(transaction=True)  # some are written after the commit
@pytest.mark.parametrize(
    ("act", "subject", "words"),
    [
        (change_password, "Your password is changed", "The password of @ana on {site} is a new one."),
        (follow_the_link, "Your password is changed", "a new one, chosen by a link that was sent by mail."),
        (use_another_address, "Another e-mail address is in use", "go to other@example.org from now on"),
        (
            remove_address,
            "An e-mail address is removed",
            "other@example.org does not belong to @ana on {site} any more.",
        ),
        (switch_on, "Your second factor is on", "Signing in as @ana on {site} asks for a code"),
        (switch_off, "Your second factor is off", "The password alone is enough to sign in as @ana on {site}."),
        (make_codes, "You have new recovery codes", "New recovery codes were made for @ana on {site}."),
    ],
)
def test_a_change_is_told_by_mail_with_what_to_do_if_it_was_somebody_else(
    mailed: Client,
    settings: Settings,
    act: Callable[[Client], None],
    subject: str,
    words: str,
) -> None:
    settings.SITE_NAME = "Ana's & Ben's"  # plain text: nothing is escaped

    act(mailed)

    letter = mail.outbox[0]
    assert letter.subject.split("] ")[1] == subject
    assert words.format(site="Ana's & Ben's") in letter.body
    assert "with Firefox on Linux, from the IP address 127.0.0.1." in letter.body
    assert "Was it not you?" in letter.body
    assert f"\n{settings.SITE_URL}/accounts/password/reset/\n" in letter.body
    assert "text/html" not in letter.message().as_string()


@pytest.mark.parametrize("path", ["/accounts/reauthenticate/", "/accounts/password/change/", "/accounts/login/"])
def test_a_forgotten_password_is_called_so_wherever_one_is_asked_for(ana: User, path: str) -> None:
    page = parse(browser(None if "login" in path else ana).get(path).content)

    assert [link.text for link in page.find("a", href="/accounts/password/reset/")] == ["Forgotten?"]


def test_what_was_done_to_an_address_is_said_in_words_of_ours(mailed: Client) -> None:
    ana = User.objects.get(username="ana")
    add_address(mailed)
    EmailAddress.objects.create(user=ana, email="new@example.org")

    said = [
        told(mailed, "/accounts/email/", {f"action_{action}": "", "email": f"{name}@example.org"})
        for action, name in [("remove", "ana"), ("primary", "new"), ("primary", "other"), ("remove", "ana")]
    ]

    assert said == [
        "ana@example.org is in use. Use another address first, then remove it.",
        "Confirm this address first: the one in use is confirmed.",
        "This address is in use now.",
        "ana@example.org is removed.",
    ]


def test_signing_out_elsewhere_is_said_in_words_of_ours(mailed: Client) -> None:
    Client().post("/accounts/login/", {"login": "ana", "password": PASSWORD})

    assert told(mailed, "/accounts/sessions/", {}) == "You are signed out everywhere else."


def test_the_page_that_waits_for_a_confirmation_is_one_of_ours() -> None:
    page = parse(browser().get("/accounts/confirm-email/").content)

    assert [title.text for title in page.find("h1")] == ["Look into your mail"]


@pytest.mark.parametrize(
    ("path", "given", "problem"),
    [
        ("/accounts/reauthenticate/", {"password": "no"}, "This is not your password."),
        ("/accounts/password/change/", {"oldpassword": "no", **NEW}, "This is not your password."),
        (
            "/accounts/email/",
            {"action_add": "", "email": "ana@example.org"},
            "This e-mail address is one of yours already.",
        ),
        ("/accounts/2fa/totp/activate/", {"code": "000000"}, "This code is wrong, or too old."),
    ],
)
def test_what_is_wrong_is_said_in_words_of_ours(mailed: Client, path: str, given: dict[str, str], problem: str) -> None:
    page = parse(mailed.post(path, given).content)

    assert [error.text.strip() for error in page.find("span", class_="field__error")] == [problem]


def only_letter() -> EmailMessage:
    (letter,) = mail.outbox
    return letter


def told(client: Client, path: str, given: dict[str, str]) -> str:
    page = parse(client.post(path, given, follow=True).content)
    return " ".join(notice.text.strip() for notice in page.find("p", role="status"))
