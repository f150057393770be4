from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chat.models import ApiToken, User
from chat.templatetags.house import browser_name
from tests.factories import PASSWORD, make_token
from tests.views.conftest import browser
from tests.views.markup import Element, parse

ON_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
SESSIONS = {
    f"{ON_WINDOWS} Safari/537.36": "Chrome on Windows",
    f"{ON_WINDOWS} Safari/537.36 Edg/140.0.0.0": "Edge on Windows",
    f"{IPHONE} Version/18.6 Mobile/15E148 Safari/604.1": "Safari on iPhone",
    f"{IPHONE} CriOS/140.0 Mobile/15E148 Safari/604.1": "Chrome on iPhone",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0": "Firefox on Linux",
    "curl/8.14.1": "curl/8.14.1",
    "": "",
}


def test_a_session_is_named_as_people_call_its_browser() -> None:
    assert {agent: browser_name(agent) for agent in SESSIONS} == SESSIONS


def test_a_new_password_is_asked_for_in_the_words_of_signing_up(ana: User) -> None:
    page = browser(ana).get("/accounts/password/change/").content.decode()

    assert "Eight characters or more." in page
    assert "Your password must contain" not in page


def test_who_has_not_confirmed_an_address_is_told_what_to_do_before_a_second_factor(ana: User) -> None:
    ana.set_password(PASSWORD)
    ana.save()
    EmailAddress.objects.create(user=ana, email="ana@example.org", primary=True)
    client = Client()
    client.post("/accounts/login/", {"login": ana.username, "password": PASSWORD})

    told = client.get("/accounts/2fa/totp/activate/", follow=True).content.decode()

    assert "Confirm your e-mail address first, or remove it" in told


def test_ones_profile_is_changed(ana: User) -> None:
    given = {"display_name": "Ana Ruiz", "avatar_emoji": "🦊", "avatar_tint": "3", "time_zone": "Europe/Madrid"}

    answer = browser(ana).post("/account/", given)

    ana.refresh_from_db()
    assert answer["Location"] == "/account/"
    assert (ana.shown_name, ana.face, ana.tint, ana.time_zone) == ("Ana Ruiz", "🦊", 3, "Europe/Madrid")


def test_whoever_hides_assistants_gets_a_rule_of_their_own_at_once(ana: User) -> None:
    before = parse(browser(ana).get("/account/").content)

    browser(ana).post("/account/", {"avatar_tint": "0", "hides_assistants": "on"})

    ana.refresh_from_db()
    after = parse(browser(ana).get("/account/").content)
    assert ana.hides_assistants is True
    assert sheet_of(before) != sheet_of(after)  # the old one is kept by the browser for a day
    assert ".message.reply {" in browser(ana).get(sheet_of(after)).content.decode()


def test_others_see_assistants_as_ever(ana: User, ben: User) -> None:
    browser(ana).post("/account/", {"avatar_tint": "0", "hides_assistants": "on"})

    assert ".message.reply" not in browser(ben).get("/me.css").content.decode()


def sheet_of(page: Element) -> str:
    (address,) = [link.attributes["href"] for link in page.find("link") if "/me.css" in link.attributes["href"]]
    return address


@pytest.mark.parametrize(("cookie", "worn"), [("dark", "dark"), ("light", "light"), ("auto", None), ('"><b>', None)])
def test_a_page_comes_dressed_as_its_browser_was_told(ana: User, cookie: str, worn: str | None) -> None:
    client = browser(ana)
    client.cookies["theme"] = cookie

    (page,) = parse(client.get("/account/").content).find("html")

    assert page.attributes.get("data-theme") == worn


def test_only_places_are_offered_as_time_zones(ana: User) -> None:
    User.objects.filter(pk=ana.pk).update(time_zone="localtime")

    page = parse(browser(ana).get("/account/").content)

    offered = {option.attributes["value"] for option in page.find("option")}
    assert "Europe/Madrid" in offered
    assert not {"localtime", "Factory"} & offered


def test_an_unknown_time_zone_is_refused_beside_its_field(ana: User) -> None:
    answer = browser(ana).post("/account/", {"avatar_tint": "0", "time_zone": "Moon/Sea"})

    assert answer.status_code == 422
    assert len(parse(answer.content).find("span", id="id_time_zone_error")) == 1


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("avatar_emoji", "ab", "A face is one emoji."),
        ("display_name", "Admin", "This name is kept for those who run the site."),
    ],
)
def test_what_will_not_do_is_said_beside_its_field(ana: User, field: str, value: str, problem: str) -> None:
    given = {"display_name": "", "avatar_emoji": "", "avatar_tint": "0", "time_zone": "", field: value}

    answer = browser(ana).post("/account/", given)

    assert answer.status_code == 422
    (error,) = parse(answer.content).find("span", id=f"id_{field}_error")
    assert error.text == problem


def test_a_face_that_is_older_than_the_rule_is_kept(ana: User) -> None:
    User.objects.filter(pk=ana.pk).update(avatar_emoji="ab")
    given = {"display_name": "Ana Ruiz", "avatar_emoji": "ab", "avatar_tint": "0", "time_zone": ""}

    assert browser(ana).post("/account/", given).status_code == 302


def test_while_a_second_factor_is_on_no_form_offers_to_add_an_address(ana: User) -> None:
    Authenticator.objects.create(user=ana, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})

    page = parse(browser(ana).get("/accounts/email/").content)

    assert page.find("button", name="action_add") == []
    assert "Switch it off, add and confirm the address, then set it up again." in page.text
    assert page.find("a", class_="button", href="/accounts/2fa/") != []


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/accounts/2fa/totp/deactivate/", "Switch off the authenticator app?"),
        ("/accounts/2fa/recovery-codes/", "Recovery codes"),
        ("/accounts/2fa/recovery-codes/generate/", "Make new recovery codes?"),
    ],
)
def test_the_second_factor_is_called_the_same_on_each_of_its_pages(ana: User, path: str, heading: str) -> None:
    client = browser(ana)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    Authenticator.objects.create(user=ana, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    Authenticator.objects.create(user=ana, type="recovery_codes", data={"seed": "a" * 40, "used_mask": 0})

    page = parse(client.get(path).content)

    assert [title.text for title in page.find("h1")] == [heading]


def test_the_code_that_is_asked_for_at_the_door_may_be_one_of_those_kept_for_a_lost_phone(ana: User) -> None:
    Authenticator.objects.create(user=ana, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})

    asked = browser().post("/accounts/login/", {"login": "ana", "password": PASSWORD}, follow=True)

    assert "or one of your recovery codes" in parse(asked.content).text


def test_where_one_thing_is_asked_for_it_can_be_typed_at_once(ana: User) -> None:
    Authenticator.objects.create(user=ana, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    client, door = browser(ana), browser()

    pages = [
        client.get("/accounts/reauthenticate/"),
        client.get("/accounts/2fa/reauthenticate/"),
        door.post("/accounts/login/", {"login": "ana", "password": PASSWORD}, follow=True),
    ]
    refused = client.post("/accounts/reauthenticate/", {"password": "no"})

    focused = [[field.attributes["name"] for field in with_the_cursor(page.content)] for page in pages]
    assert focused == [["password"], ["code"], ["code"]]
    assert with_the_cursor(refused.content) == []


def with_the_cursor(page: bytes) -> list[Element]:
    return [field for field in parse(page).find("input") if "autofocus" in field.attributes]


def test_the_page_knows_the_readers_time_zone(ana: User) -> None:
    User.objects.filter(pk=ana.pk).update(time_zone="Asia/Tokyo")

    body = parse(browser(User.objects.get(pk=ana.pk)).get("/rooms/general/").content).find("body")[0]

    assert body.attributes["data-time-zone"] == "Asia/Tokyo"


def test_a_token_is_shown_once_and_works(ana: User) -> None:
    client = browser(ana)

    posted = client.post("/account/tokens/", {"name": "a script"})
    answers = [client.get("/account/tokens/") for _ in range(2)]
    made, later = (parse(answer.content) for answer in answers)

    (secret,) = [code.text for code in made.find("code", class_="secret")]
    token = ApiToken.objects.matching(secret)
    assert token is not None
    assert (token.user, token.name) == (ana, "a script")
    assert later.find("code", class_="secret") == []
    assert secret not in later.text
    assert (posted.status_code, posted["Location"]) == (302, "/account/tokens/")  # a reload makes no other
    assert all("no-store" in answer["Cache-Control"] for answer in (posted, *answers))
    assert [secret in str(dict(session.get_decoded())) for session in Session.objects.all()] == [False]


def test_a_revoked_token_is_dead(ana: User) -> None:
    token, secret = make_token(ana)

    browser(ana).post("/account/tokens/", {"revoke": token.pk})

    assert ApiToken.objects.matching(secret) is None


def test_nobody_revokes_the_tokens_of_others(ana: User, eve: User) -> None:
    token, secret = make_token(ana)

    assert browser(eve).post("/account/tokens/", {"revoke": token.pk}).status_code == 404
    assert browser(eve).post("/account/tokens/", {"revoke": "nonsense"}).status_code == 404
    assert ApiToken.objects.matching(secret) is not None


def test_each_reader_has_rules_of_their_own_and_no_proxy_keeps_them(ana: User, ben: User) -> None:
    ours, theirs, nobodys = (browser(one).get("/me.css") for one in (ana, ben, None))

    assert f'.message[data-author="{ana.pk}"]' in ours.content.decode()
    assert f'.message[data-author="{ben.pk}"]' in theirs.content.decode()
    assert nobodys.content.decode() == ":root { --accent-hue: 172; }\n"
    assert set(ours["Cache-Control"].split(", ")) == {"max-age=86400", "private"}
    assert "Cookie" in ours["Vary"]


def test_the_address_on_a_page_says_all_that_is_in_the_rules(ana: User, client: Client) -> None:
    address = sheet_of(parse(browser(ana).get("/account/").content))

    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)

    assert len(captured) == 0
    assert answer.content == browser(ana).get("/me.css").content
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert not answer.cookies


@pytest.mark.parametrize("version", ["1-7-172", "2-7-172-", "2-7}-172", "2-٧-172"])
def test_an_address_that_says_something_else_gets_the_readers_own_rules(ana: User, version: str) -> None:
    assert browser(ana).get("/me.css", {"v": version}).content == browser(ana).get("/me.css").content
