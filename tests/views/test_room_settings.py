from __future__ import annotations

from chat.exceptions import NotFound
from chat.models import Membership, Room, SiteSettings, User
from chat.services.memberships import join_room
from chat.services.people import deactivate
from chat.services.rooms import create_room, direct_room
from tests.factories import crowd, fresh, make_assistant, make_person, make_room, membership
from tests.views.conftest import browser
from tests.views.markup import parse


def test_an_owner_changes_name_topic_and_kind(garden: Room, ana: User) -> None:
    answer = browser(ana).post(
        "/rooms/garden/settings", {"do": "change", "name": "Orchard", "topic": "apples", "kind": "private"}
    )

    room = fresh(garden)
    assert answer["Location"] == "/rooms/garden/settings"
    assert (room.name, room.topic, room.kind) == ("Orchard", "apples", "private")


def test_staff_who_close_a_room_that_they_are_not_in_are_told_that_it_is_closed(ana: User) -> None:
    square, staff = make_room("square", ana), make_person("root", is_staff=True)
    closed = {"do": "change", "name": "Square", "topic": "", "kind": "private"}

    answer = browser(staff).post("/rooms/square/settings", closed, follow=True)

    assert answer.redirect_chain == [("/rooms/?gone=square", 302)]
    assert "You were in a room that is no longer yours to read." in answer.content.decode()
    assert fresh(square).kind == "private"


def test_a_direct_room_is_called_by_its_people_and_offered_no_other_name(ana: User) -> None:
    room = direct_room(by=ana, others=[make_assistant("helper").user])
    client, address = browser(ana), f"/rooms/{room.slug}/settings"

    page = parse(client.get(address).content)
    client.post(address, {"do": "change", "name": "Orchard", "topic": "apples"})

    assert [field.attributes["name"] for field in page.find("input", class_="input")] == ["topic"]
    assert (fresh(room).name, fresh(room).topic) == (room.name, "apples")


def test_an_owner_says_when_each_assistant_answers(garden: Room, ana: User) -> None:
    client, helper = browser(ana), make_assistant("helper", garden)

    def choose(answers: str) -> list[str]:
        client.post("/rooms/garden/settings", {"do": f"answers:{answers}", "user": "helper"})
        page = parse(client.get("/rooms/garden/settings").content)
        return [button.attributes["value"] for button in page.find("button", aria_pressed="true")]

    assert choose("always") == ["answers:always"]
    assert fresh(garden).answering_assistant == helper
    assert choose("mentioned") == ["answers:mentioned"]
    assert choose("never") == ["answers:never"]
    assert membership(garden, helper.user).is_silent is True


def test_an_assistant_whose_account_is_closed_is_nowhere_said_to_answer(garden: Room, ana: User) -> None:
    helper, client = make_assistant("helper", garden), browser(ana)
    deactivate(person=helper.user, by=None)

    paths = "/rooms/garden/settings", "/rooms/garden/", "/people/helper/", "/rooms/garden/silence?name=helper"
    settings, room, person, silence = (client.get(path).content.decode() for path in paths)

    (listed,) = parse(settings).find("li", id=f"assistant-{helper.pk}")
    assert "@helper , switched off" in listed.text
    assert "what can you do?" not in room
    assert "It is switched off." in person
    assert silence == "helper does not answer here."


def test_what_assistants_are_told_is_written_by_owners_and_read_by_all(garden: Room, ana: User, ben: User) -> None:
    make_assistant("helper", garden)
    told = {"do": "instruct", "has_assistants": "on", "instructions": "Answer in French.\nBe short."}

    browser(ana).post("/rooms/garden/settings", told)
    page = parse(browser(ben).get("/rooms/garden/settings").content)

    assert [words.text for words in page.find("p", class_="part__words")] == ["Answer in French. Be short."]
    assert page.find("textarea") == []
    assert browser(ben).post("/rooms/garden/settings", told | {"instructions": "Obey Ben."}).status_code == 422
    assert fresh(garden).instructions == "Answer in French.\nBe short."


def test_an_owner_switches_a_rooms_assistants_off_and_everybody_is_told(garden: Room, ana: User, ben: User) -> None:
    make_assistant("helper", garden)

    browser(ana).post("/rooms/garden/settings", {"do": "instruct", "instructions": ""})
    (listed,) = parse(browser(ben).get("/rooms/garden/settings").content).find("div", id="assistants")

    assert fresh(garden).has_assistants is False
    assert "Assistants are switched off here" in listed.text
    assert "does not answer" in listed.text


def test_whoever_is_no_owner_chooses_nothing_for_assistants(garden: Room, ben: User) -> None:
    make_assistant("helper", garden)

    page = parse(browser(ben).get("/rooms/garden/settings").content)

    assert page.find("button", name="do", value="answers:never") == []
    answer = browser(ben).post("/rooms/garden/settings", {"do": "answers:never", "user": "helper"})
    assert answer.status_code == 403


def test_a_member_sees_who_is_there_but_changes_nothing(garden: Room, ana: User, ben: User) -> None:
    client = browser(ben)

    page = parse(client.get("/rooms/garden/settings").content)
    refused = [
        client.post("/rooms/garden/settings", {"do": "change", "name": "Mine", "kind": "public"}).status_code,
        client.post("/rooms/garden/settings", {"do": "archive"}).status_code,
        client.post("/rooms/garden/settings", {"do": "remove", "user": "ana"}).status_code,
        client.post("/rooms/garden/settings", {"do": "owner", "user": "ben"}).status_code,
    ]

    assert [name.find("bdi")[0].text for name in page.find("a", class_="directory__name")] == ["ana", "ben"]
    assert [button.attributes.get("value", "") for button in page.find("button", name="do")] == ["add"]
    assert refused == [422, 403, 403, 403]
    assert (fresh(garden).name, fresh(garden).is_archived) == ("Garden", False)


def test_no_member_of_a_public_room_takes_it_from_its_owners(ana: User, eve: User) -> None:
    plaza = create_room(by=ana, name="Plaza")
    join_room(room=plaza, user=eve)
    for do in ("add", "member"):
        browser(eve).post("/rooms/plaza/settings", {"do": do, "user": "ana"})
    browser(eve).post("/rooms/plaza/messages/", {"text": "/invite @ana"})

    assert membership(plaza, ana).is_owner is True


def test_the_people_of_a_large_room_come_in_pages_and_are_found_by_name(garden: Room, ana: User) -> None:
    crowd(garden, 120)
    make_assistant("helper", garden)  # who is listed apart
    User.objects.filter(username="friend-77").update(display_name="Mirjam Oude-Hengel")
    client = browser(ana)

    def names(query: str) -> list[str]:
        (listed,) = parse(client.get(f"/rooms/garden/settings?{query}").content).find("div", id="member-list")
        return [name.find("bdi")[0].text for name in listed.find("a", class_="directory__name")]

    pages = [names(f"page={number}") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [50, 50, 22]
    assert pages[0][0] == "ana"
    assert len({name for page in pages for name in page}) == 122
    assert names("q=%40friend-7") == [
        "friend-7",
        *(f"friend-{n}" for n in range(70, 77)),
        "Mirjam Oude-Hengel",
        "friend-78",
        "friend-79",
    ]
    assert names("q=oude") == ["Mirjam Oude-Hengel"]
    assert names("q=nobody") == []


def test_what_is_done_to_somebody_found_leads_back_to_what_was_found(garden: Room, ana: User) -> None:
    crowd(garden, 60)
    client = browser(ana)

    (listed,) = parse(client.get("/rooms/garden/settings?q=friend-5&page=1").content).find("div", id="member-list")
    (form, *_) = listed.find("form", class_="directory__action")
    answer = client.post(form.attributes["action"], {"do": "remove", "user": "friend-5"})

    assert answer["Location"] == "/rooms/garden/settings?q=friend-5&page=1"
    assert garden.memberships.filter(user__username="friend-5").exists() is False


def test_a_stranger_sees_nothing_of_a_private_room(cellar: Room, eve: User) -> None:
    assert browser(eve).get("/rooms/cellar/settings").status_code == 404
    assert browser(eve, htmx=True).get("/rooms/cellar/settings").content.decode() == NotFound().detail
    assert browser(eve).post("/rooms/cellar/settings", {"do": "add", "user": "eve"}).status_code == 404


def test_bringing_in_by_name_also_with_an_at_sign(cellar: Room, ana: User, eve: User) -> None:
    browser(ana).post("/rooms/cellar/settings", {"do": "add", "user": "@Eve"})

    assert membership(cellar, eve).role == Membership.Role.MEMBER


def test_bringing_in_nobody_says_so(cellar: Room, ana: User) -> None:
    answer = browser(ana).post("/rooms/cellar/settings", {"do": "add", "user": "nobody"})

    errors = parse(answer.content).find("span", id="id_user_error")
    assert (answer.status_code, [error.text for error in errors]) == (422, ["Nobody here has this name."])


def test_roles_and_removal(garden: Room, ana: User, ben: User) -> None:
    client = browser(ana)

    client.post("/rooms/garden/settings", {"do": "owner", "user": "ben"})
    assert membership(garden, ben).is_owner is True
    client.post("/rooms/garden/settings", {"do": "member", "user": "ben"})
    assert membership(garden, ben).is_owner is False
    client.post("/rooms/garden/settings", {"do": "remove", "user": "ben"})
    assert garden.memberships.filter(user=ben).count() == 0


def test_archiving_and_opening_again(garden: Room, ana: User) -> None:
    client = browser(ana)

    client.post("/rooms/garden/settings", {"do": "archive"})
    assert fresh(garden).is_archived is True
    assert client.post("/rooms/garden/messages/", {"text": "hello"}).status_code == 409
    client.post("/rooms/garden/settings", {"do": "unarchive"})
    assert fresh(garden).is_archived is False


def test_what_was_done_is_told_by_a_page_and_not_by_a_part_of_one(garden: Room, ana: User) -> None:
    """The page that hears of the change asks for its parts anew, maybe before the answer to the press is there."""
    client = browser(ana)
    client.post("/rooms/garden/settings", {"do": "archive"})

    part = parse(client.get("/rooms/garden/settings", headers={"HX-Request": "true"}).content)
    page = parse(client.get("/rooms/garden/settings").content)

    assert part.find("p", class_="notice") == []
    assert [notice.text for notice in page.find("p", class_="notice")] == ["The room is archived."]


def test_what_was_changed_and_who_came_or_went_is_told(garden: Room, ana: User, eve: User) -> None:
    client = browser(ana)

    def told(**fields: str) -> list[str]:
        page = parse(client.post("/rooms/garden/settings", fields, follow=True).content)
        return [notice.text for notice in page.find("p", class_="notice", role="status")]

    assert told(do="change", name="Orchard", topic="", kind="public") == ["Saved."]
    assert told(do="instruct", has_assistants="on", instructions="Be short.") == ["Saved."]
    assert told(do="add", user="eve") == ["eve is in this room now."]
    assert told(do="remove", user="eve") == ["eve is no longer in this room."]
    assert told(do="add", user="nobody") == []


def test_of_assistants_a_direct_room_says_nothing_where_it_has_none(ana: User, ben: User) -> None:
    helper = make_assistant("helper")
    without, beside = (direct_room(by=ana, others=[other]) for other in (ben, helper.user))

    pages = [parse(browser(ana).get(f"/rooms/{room.slug}/settings").content) for room in (without, beside)]

    assert [len(page.find("div", id="assistants")) for page in pages] == [0, 1]
    assert ["There is none on this site yet." in page.text for page in pages] == [False, False]
    assert [len(page.find("textarea", name="instructions")) for page in pages] == [0, 1]


def test_an_unknown_act_is_refused(garden: Room, ana: User) -> None:
    assert browser(ana).post("/rooms/garden/settings", {"do": "burn"}).status_code == 400


def test_the_page_says_that_assistants_are_switched_off_on_the_site(garden: Room, ana: User) -> None:
    SiteSettings.objects.create(pk=1, has_assistants=False)

    page = browser(ana).get("/rooms/garden/settings").content.decode()

    assert "Assistants are switched off on this site." in page
