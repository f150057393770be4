from __future__ import annotations

import pytest
from django.urls import reverse

from chat.models import Membership, Message, Room, User
from tests.factories import fresh, make_assistant, make_message, make_messages, make_reply, membership, start_reply
from tests.views.conftest import browser
from tests.views.markup import Element, parse


def test_a_member_reads_a_room_by_name_topic_and_words(garden: Room, ana: User, ben: User) -> None:
    message = make_message(garden, ben, "The **tomatoes** are red.")

    page = parse(browser(ana).get("/rooms/garden/").content)

    (article,) = page.find("article", id=f"message-{message.pk}")
    assert article.attributes["data-author"] == str(ben.pk)
    assert article.attributes["data-sequence"] == "1"
    assert article.attributes["data-revision"] == str(message.revision)
    assert [heading.text for heading in page.find("h1")] == ["# Garden"]
    assert [strong.text for strong in article.find("strong")] == ["tomatoes"]


def test_a_page_carries_the_revision_it_was_read_at(garden: Room, ana: User) -> None:
    make_messages(3, garden, ana)

    (live,) = parse(browser(ana).get("/rooms/garden/").content).find("chat-live")

    assert live.attributes["data-revision"] == str(fresh(garden).revision)


def test_everybody_signed_in_reads_a_public_room(garden: Room, ana: User, eve: User) -> None:
    make_message(garden, ana, "open to all")

    answer = browser(eve).get("/rooms/garden/")

    assert answer.status_code == 200
    assert "open to all" in answer.content.decode()


def test_a_private_room_and_no_room_look_the_same_to_a_stranger(cellar: Room, eve: User) -> None:
    hidden = browser(eve).get("/rooms/cellar/")
    absent = browser(eve).get("/rooms/nowhere/")

    assert hidden.status_code == absent.status_code == 404
    assert parse(hidden.content).text == parse(absent.content).text


@pytest.mark.parametrize("path", ["", "messages/", "settings"])
def test_whoever_is_not_signed_in_is_asked_to(garden: Room, path: str) -> None:
    answer = browser().get(f"/rooms/garden/{path}")

    assert answer.status_code == 302
    assert answer["Location"] == f"/accounts/login/?next=/rooms/garden/{path}"


@pytest.mark.parametrize(
    ("pressed_on", "then"),
    [
        ("http://testserver/rooms/garden/?around=3#message-3", "/rooms/garden/%3Faround%3D3"),
        ("http://testserver", "/"),
        ("https://elsewhere.example/rooms/garden/", "/"),
        ("", "/"),
    ],
)
def test_whoever_presses_a_button_signed_out_signs_in_to_the_page_it_was_on(
    garden: Room, pressed_on: str, then: str
) -> None:
    answer = browser().post("/rooms/garden/join", headers={"Referer": pressed_on})

    assert answer["Location"] == f"/accounts/login/?next={then}"


def test_whoever_comes_by_an_address_that_is_too_long_to_come_back_to_signs_in_all_the_same(garden: Room) -> None:
    answer = browser().get("/rooms/garden/", {"text": "äöü" * 2_000})

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/")


@pytest.mark.parametrize(
    ("asked_on", "then"),
    [
        ("http://testserver/rooms/garden/?around=7#message-7", "/rooms/garden/%3Faround%3D7%23message-7"),
        ("http://elsewhere.example/rooms/garden/", "/"),
        ("", "/"),
    ],
)
def test_a_fragment_is_not_replaced_by_the_sign_in_page_from_which_one_comes_back_to_its_own(
    asked_on: str, then: str, garden: Room
) -> None:
    answer = browser(htmx=True).get("/rooms/garden/messages/", headers={"HX-Current-URL": asked_on})

    assert answer.status_code == 401
    assert answer["HX-Redirect"] == f"/accounts/login/?next={then}"


def test_the_first_page_is_general_and_later_the_room_one_was_in(garden: Room, ana: User) -> None:
    client = browser(ana)

    assert client.get("/")["Location"] == "/rooms/general/"
    client.get("/rooms/garden/")
    assert client.get("/")["Location"] == "/rooms/garden/"


def test_the_first_page_forgets_a_room_one_was_put_out_of(cellar: Room, ana: User, ben: User) -> None:
    client = browser(ben)
    client.get("/rooms/cellar/")
    membership(cellar, ben).delete()

    assert client.get("/")["Location"] == "/rooms/general/"


def test_a_page_by_itself_reads_nothing_but_brings_what_does_where_no_script_runs(
    garden: Room, ana: User, ben: User
) -> None:
    make_messages(3, garden, ana)
    client = browser(ben)

    (picture,) = pictures_without_scripts(client.get("/rooms/garden/").content)
    before = membership(garden, ben).last_read_sequence
    answer = client.get(picture.attributes["src"])

    assert (before, membership(garden, ben).last_read_sequence) == (0, 3)
    assert (answer["Content-Type"], "no-store" in answer["Cache-Control"]) == ("image/svg+xml", True)
    assert pictures_without_scripts(client.get("/rooms/garden/").content) == []


def test_a_page_in_the_middle_of_a_room_does_not_read_its_end(garden: Room, ana: User, ben: User) -> None:
    make_messages(120, garden, ana)

    assert pictures_without_scripts(browser(ben).get("/rooms/garden/?around=60").content) == []


def pictures_without_scripts(page: bytes) -> list[Element]:
    return [picture for element in parse(page).find("noscript") for picture in element.find("img")]


def test_where_no_script_runs_a_page_offers_to_be_loaded_anew_while_an_answer_is_on_its_way(
    garden: Room, ana: User
) -> None:
    def ways(address: str) -> list[str]:
        page = parse(browser(ana).get(address).content)
        return [link.attributes["href"] for element in page.find("noscript") for link in element.find("a")]

    make_message(garden, ana)
    before = ways("/rooms/garden/")
    reply = make_reply(garden, ana, make_assistant("helper", garden))
    waiting = ways("/rooms/garden/")
    start_reply(reply)
    written = ways("/rooms/garden/?around=2")
    Message.objects.filter(pk=reply.pk).update(status="stopped")

    assert (before, waiting, written) == ([], ["/rooms/garden/"], ["/rooms/garden/?around=2"])
    assert ways("/rooms/garden/") == []


def test_a_stranger_cannot_read_a_private_room_by_its_picture(cellar: Room, eve: User) -> None:
    assert browser(eve).get("/rooms/cellar/read?sequence=3").status_code == 404


def test_what_is_new_is_marked_where_it_begins(garden: Room, ana: User, ben: User) -> None:
    make_messages(3, garden, ana)
    Membership.objects.filter(room=garden, user=ben).update(last_read_sequence=1)

    page = parse(browser(ben).get("/rooms/garden/").content)

    (listed,) = page.find("message-list")
    shown = [child for child in listed.children if not isinstance(child, str)]
    assert [(child.tag, child.attributes.get("data-sequence", "")) for child in shown] == [
        ("h2", ""),
        ("article", "1"),
        ("h2", ""),
        ("article", "2"),
        ("article", "3"),
    ]


def test_ones_own_words_are_not_new(garden: Room, ana: User) -> None:
    make_message(garden, ana)
    Membership.objects.filter(room=garden, user=ana).update(last_read_sequence=0)

    assert parse(browser(ana).get("/rooms/garden/").content).find("h2", id="new") == []


def test_around_a_sequence_shows_what_stands_about_it_and_both_ways_on(garden: Room, ana: User) -> None:
    make_messages(120, garden, ana)

    page = parse(browser(ana).get("/rooms/garden/?around=60").content)

    shown = [int(article.attributes["data-sequence"]) for article in page.find("article") if "id" in article.attributes]
    assert shown == list(range(35, 85))
    assert [link.attributes["href"] for link in page.find("a", class_="log__earlier")] == [
        "/rooms/garden/messages/?before=35"
    ]
    assert [link.attributes["href"] for link in page.find("a", class_="log__later")] == [
        "/rooms/garden/messages/?after=84"
    ]


def test_a_short_room_has_no_ways_on(garden: Room, ana: User) -> None:
    make_messages(3, garden, ana)

    page = parse(browser(ana).get("/rooms/garden/").content)

    assert page.find("a", class_="log__earlier") == page.find("a", class_="log__later") == []


def test_capabilities_stand_on_the_body(garden: Room, ana: User, ben: User, eve: User) -> None:
    classes = [
        parse(browser(one).get("/rooms/garden/").content).find("body")[0].attributes["class"] for one in (ana, ben, eve)
    ]

    assert classes == ["desk may-write may-moderate", "desk may-write", "desk may-write"]


def test_a_public_room_offers_to_join_until_one_has(garden: Room, eve: User) -> None:
    client = browser(eve)

    (form,) = parse(client.get("/rooms/garden/").content).find("form", action="/rooms/garden/join")
    assert "hidden" not in form.attributes
    client.post(form.attributes["action"])

    (form,) = parse(client.get("/rooms/garden/").content).find("form", action="/rooms/garden/join")
    assert "hidden" in form.attributes


def test_an_archived_room_has_no_composer(garden: Room, ana: User) -> None:
    Room.objects.filter(pk=garden.pk).update(archived_at=garden.created_at)

    page = parse(browser(ana).get("/rooms/garden/").content)

    assert page.find("message-composer") == []
    assert "archived" in page.text
    assert [link.attributes["href"] for link in page.find("a", class_="skip-link")] == ["#main"]
    assert "is new" not in page.text
    assert "join" not in page.text


def test_an_empty_room_leads_to_its_members_whoever_may_bring_somebody_in(
    garden: Room, cellar: Room, ana: User, ben: User, eve: User
) -> None:
    def is_led(user: User, slug: str) -> bool:
        here = f"/rooms/{slug}/settings"
        is_offered = f'href="{here}#members"' in browser(user).get(f"/rooms/{slug}/").content.decode()
        assert is_offered == ("Bring somebody in" in browser(user).get(here).content.decode())
        return is_offered

    assert [is_led(user, "garden") for user in (ana, ben, eve)] == [True, True, False]
    assert [is_led(user, "cellar") for user in (ana, ben)] == [True, False]


def test_the_sidebar_counts_what_is_unread_and_who_called(garden: Room, ana: User, ben: User) -> None:
    make_messages(2, garden, ana)
    make_message(garden, ana, "@ben look")

    page = parse(browser(ben).get("/rooms/general/").content)

    (link,) = page.find("room-link", data_room="garden")
    assert (link.attributes["data-sequence"], link.attributes["data-read"], link.attributes["data-mentions"]) == (
        "3",
        "0",
        "1",
    )
    assert link.find("span", class_="room-link__count")[0].text == "@ 1 with your name"


def test_a_direct_room_is_called_by_the_other_one(ana: User, ben: User) -> None:
    browser(ana).post(reverse("person", args=["ben"]))

    def names(user: User) -> list[str]:
        page = parse(browser(user).get("/rooms/general/").content)
        return [link.text for link in page.find("span", class_="room-link__name")]

    assert "ben" in names(ana)
    assert "ana" in names(ben)
