from __future__ import annotations

import io

import pytest
from allauth.account.models import EmailAddress

from chat.models import ApiToken, User
from chat.models.users import validate_name
from chat.services.people import deactivate
from tests.commands.running import complaint, run
from tests.factories import PASSWORD, make_assistant


def test_adduser_makes_somebody_who_is_at_home(db: None):
    assert run("adduser", "Ana", "--password", PASSWORD, "--email", "ana@example.org") == "ana: made."

    ana = User.objects.get(username="ana")
    assert (ana.check_password(PASSWORD), ana.email, ana.is_staff, ana.is_superuser) == (
        True,
        "ana@example.org",
        False,
        False,
    )
    assert list(ana.memberships.values_list("room__slug", flat=True)) == ["general"]


def test_adduser_prints_the_password_it_makes_up(db: None):
    printed = run("adduser", "ana")

    assert printed.startswith("ana: made. Password: ")
    assert User.objects.get().check_password(printed.rpartition(" ")[2])


def test_adduser_reads_the_password_from_its_input(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\nmore\n"))

    assert run("adduser", "ana", "--password-stdin") == "ana: made."
    assert User.objects.get().check_password(PASSWORD)


def test_adduser_makes_a_bot_that_has_a_token_and_no_password(db: None):
    assert run("adduser", "Notifier", "--bot").startswith("notifier: made. Its token: ")

    bot = User.objects.get(username="notifier")
    assert (bot.kind, bot.has_usable_password(), bot.is_staff) == (User.Kind.BOT, False, False)
    assert ApiToken.objects.matching(run("addtoken", "notifier")) is not None
    assert complaint("adduser", "notifier", "--bot") == "This name is already in use."


def test_adduser_says_that_an_address_is_somebody_elses(db: None):
    run("adduser", "ana", "--email", "ana@example.org")

    assert complaint("adduser", "ben", "--email", "Ana@example.org") == "This e-mail address is already in use."


def test_adduser_gives_nobody_one_of_several_addresses_of_another(ana: User):
    EmailAddress.objects.create(user=ana, email="beside@example.org")

    assert complaint("adduser", "ben", "--email", "Beside@example.org") == "This e-mail address is already in use."
    assert not User.objects.filter(username="ben").exists()


def test_adduser_refuses_an_empty_input(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    assert complaint("adduser", "ana", "--password-stdin") == "The password is empty."
    assert User.objects.count() == 0


def test_adduser_makes_staff(db: None):
    run("adduser", "ana", "--staff")

    assert (User.objects.get().is_staff, User.objects.get().is_superuser) == (True, True)


def test_adduser_again_changes_what_is_given_only(ana: User):
    run("adduser", "ana", "--email", "ana@example.org")
    run("adduser", "ana", "--staff")

    ana.refresh_from_db()
    assert (ana.check_password(PASSWORD), ana.email, ana.is_staff) == (True, "ana@example.org", True)

    run("adduser", "ana", "--no-staff", "--password", "another-horse-2")
    ana.refresh_from_db()
    assert (ana.check_password("another-horse-2"), ana.is_staff, ana.is_superuser) == (True, False, False)


def test_adduser_opens_no_account_that_was_closed(ana: User):
    deactivate(person=ana, by=None)

    said = run("adduser", "ana", "--password", "another-horse-2")

    assert said.startswith("ana: changed. The account stays closed; ")
    ana.refresh_from_db()
    assert (ana.is_active, ana.check_password("another-horse-2")) == (False, True)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["all"], "This name is reserved."),
        (["everybody"], "This name is reserved."),
        (
            ["No Name"],
            str(validate_name.message),
        ),
        (["ben", "--email", "nowhere"], "Enter a valid email address."),
        (["ben", "--password", "short7x"], "This password is too short. It must contain at least 8 characters."),
        (["helper"], "An assistant has no account."),
    ],
)
def test_adduser_says_in_plain_words_what_will_not_do(db: None, words: list[str], text: str):
    make_assistant("helper")

    assert complaint("adduser", *words) == text
    assert User.objects.filter(kind="person").count() == 0


def test_who_had_a_name_before_it_was_reserved_keeps_it(ana: User):
    User.objects.filter(pk=ana.pk).update(username="everybody")

    assert run("adduser", "everybody", "--email", "all@example.org") == "everybody: changed."


def test_addtoken_prints_the_token_and_nothing_else(ana: User):
    printed = run("addtoken", "ana")

    token = ApiToken.objects.matching(printed)
    assert token is not None
    assert token.user == ana


def test_addtoken_again_makes_another_one(ana: User):
    first, second = run("addtoken", "ana"), run("addtoken", "@Ana")

    assert first != second
    assert ApiToken.objects.alive().count() == 2


def test_addtoken_knows_who_has_none(ana: User):
    make_assistant("helper")
    deactivate(person=ana, by=None)

    assert complaint("addtoken", "nobody") == "There is nobody called nobody."
    assert complaint("addtoken", "helper") == "An assistant has no tokens."
    assert complaint("addtoken", "ana") == "This account is closed."
