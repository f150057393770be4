from __future__ import annotations

from uuid import uuid4

import pytest

from chat.models import Message, Room, User
from chat.services.messages import delete_message, edit_message
from tests.factories import fresh, make_assistant, make_message, make_messages, make_reply
from tests.views.conftest import browser
from tests.views.markup import Element, parse


def sequences(page: Element) -> list[int]:
    return [int(article.attributes["data-sequence"]) for article in page.find("article") if "id" in article.attributes]


def test_a_plain_form_says_something_and_returns_to_the_end(garden: Room, ana: User) -> None:
    answer = browser(ana).post("/rooms/garden/messages/", {"text": "hello"})

    assert (answer.status_code, answer["Location"]) == (302, "/rooms/garden/#end")
    assert list(garden.messages.values_list("text", "author__username")) == [("hello", "ana")]


def test_a_fragment_is_the_message_and_names_the_client_id(garden: Room, ana: User) -> None:
    client_id = str(uuid4())

    answer = browser(ana, htmx=True).post("/rooms/garden/messages/", {"text": "hel\0lo", "client_id": client_id})

    message = garden.messages.get()
    assert message.text == "hello"
    assert "HX-Request" in answer["Vary"]
    (article,) = [child for child in parse(answer.content).children if isinstance(child, Element)]
    assert answer.status_code == 201
    assert answer["X-Client-Id"] == client_id
    assert article.attributes["id"] == f"message-{message.pk}"


def test_sending_again_with_the_same_client_id_says_it_once(garden: Room, ana: User) -> None:
    client, said = browser(ana, htmx=True), {"text": "hello", "client_id": str(uuid4())}

    first, second = client.post("/rooms/garden/messages/", said), client.post("/rooms/garden/messages/", said)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.content == second.content
    assert garden.messages.count() == 1


def test_posting_in_a_public_room_joins_it(garden: Room, eve: User) -> None:
    browser(eve).post("/rooms/garden/messages/", {"text": "hello"})

    assert garden.memberships.filter(user=eve).count() == 1


def test_a_stranger_can_neither_read_nor_say_anything_in_a_private_room(cellar: Room, ana: User, eve: User) -> None:
    message = make_message(cellar, ana)
    client = browser(eve)

    answers = [
        client.get("/rooms/cellar/messages/"),
        client.post("/rooms/cellar/messages/", {"text": "hello"}),
        client.get(f"/messages/{message.pk}/"),
        client.post(f"/messages/{message.pk}/", {"text": "mine"}),
        client.get(f"/messages/{message.pk}/edit"),
        client.get(f"/messages/{message.pk}/delete"),
        client.post(f"/messages/{message.pk}/delete"),
        client.post(f"/messages/{message.pk}/stop"),
        client.post(f"/messages/{message.pk}/retry"),
    ]

    assert [(answer.status_code, answer["X-Error-Code"]) for answer in answers] == [(404, "not_found")] * 9
    assert list(cellar.messages.values_list("text", flat=True)) == ["hello"]


def test_a_refused_plain_form_keeps_what_was_typed(garden: Room, ana: User) -> None:
    text = "x" * 16_001

    answer = browser(ana).post("/rooms/garden/messages/", {"text": text})

    page = parse(answer.content)
    assert answer.status_code == 422
    assert [area.text for area in page.find("textarea", id="text")] == [text]
    assert [problem.text for problem in page.find("p", class_="composer__problem")] == [
        "A message has at most 16,000 characters."
    ]


def test_who_asks_by_a_plain_form_in_a_public_room_joins_it(garden: Room, eve: User) -> None:
    helper = make_assistant("helper")

    answer = browser(eve).post("/rooms/garden/messages/", {"text": "/ask helper What is this?"})

    assert answer.status_code == 302
    assert list(garden.messages.order_by("sequence").values_list("text", flat=True)) == ["What is this?", ""]
    assert garden.memberships.filter(user__in=[eve, helper.user]).count() == 2


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"text": "/invite @ana"}, "You are not a member of this room."),
        ({"text": "/stop"}, "You are not a member of this room."),
        ({"text": "/retry"}, "You are not a member of this room."),
        ({"text": "why?", "reply_to": "999999"}, "The message you answer is not in this room."),
    ],
)
def test_what_a_reader_may_not_do_is_said_beside_what_was_typed(
    garden: Room, ana: User, eve: User, said: dict[str, str], why: str
) -> None:
    make_reply(garden, ana, make_assistant("helper", garden))

    answer = browser(eve).post("/rooms/garden/messages/", said)

    assert answer.status_code == 404
    assert typed_and_told(answer.content) == ([said["text"]], [why])


def test_so_it_is_where_there_is_no_reply_to_ask_for_again(garden: Room, ana: User) -> None:
    answer = browser(ana).post("/rooms/garden/messages/", {"text": "/retry"})

    assert (answer.status_code, answer["X-Error-Code"]) == (404, "not_found")
    assert typed_and_told(answer.content) == (["/retry"], ["There is no reply among the newest messages."])


def typed_and_told(content: bytes) -> tuple[list[str], list[str]]:
    page = parse(content)
    problems = page.find("p", class_="composer__problem")
    return [area.text for area in page.find("textarea", id="text")], [problem.text for problem in problems]


def test_a_refused_fragment_is_the_sentence_and_its_code(garden: Room, ana: User) -> None:
    answer = browser(ana, htmx=True).post("/rooms/garden/messages/", {"text": "  \n "})

    assert (answer.status_code, answer["X-Error-Code"]) == (422, "empty")
    assert answer.content.decode() == "There is nothing to send."


@pytest.mark.parametrize("field", ["client_id", "reply_to"])
def test_a_wrong_field_is_refused(garden: Room, ana: User, field: str) -> None:
    answer = browser(ana).post("/rooms/garden/messages/", {"text": "hello", field: "nonsense"})

    assert (answer.status_code, answer["X-Error-Code"]) == (422, "invalid")
    assert garden.messages.count() == 0


def test_answering_shows_whom_and_what(garden: Room, ana: User, ben: User) -> None:
    asked = make_message(garden, ana, "Who waters on *Sunday*?")
    client = browser(ben)

    form = parse(client.get(f"/rooms/garden/?reply_to={asked.pk}").content)
    client.post("/rooms/garden/messages/", {"text": "I do.", "reply_to": asked.pk})

    assert [field.attributes["value"] for field in form.find("input", name="reply_to")] == [str(asked.pk)]
    answer = garden.messages.get(text="I do.")
    page = parse(client.get("/rooms/garden/").content)
    (quote,) = page.find("article", id=f"message-{answer.pk}")[0].find("a", class_="message__quote")
    assert quote.attributes["href"] == f"/rooms/garden/?around=1#message-{asked.pk}"
    assert quote.text == "ana Who waters on Sunday?"


def test_history_comes_in_pages_without_holes(garden: Room, ana: User) -> None:
    make_messages(120, garden, ana)
    client = browser(ana, htmx=True)

    newest = parse(client.get("/rooms/garden/messages/").content)
    earlier = parse(client.get("/rooms/garden/messages/?before=71").content)
    later = parse(client.get("/rooms/garden/messages/?after=100").content)

    assert sequences(newest) == list(range(71, 121))
    assert sequences(earlier) == list(range(21, 71))
    assert sequences(later) == list(range(101, 121))
    assert (len(earlier.find("a", class_="log__earlier")), len(earlier.find("a", class_="log__later"))) == (1, 0)
    assert (len(later.find("a", class_="log__earlier")), len(later.find("a", class_="log__later"))) == (0, 0)


def test_history_is_a_plain_page_without_scripts(garden: Room, ana: User) -> None:
    make_messages(60, garden, ana)

    page = parse(browser(ana).get("/rooms/garden/messages/?before=55").content)

    assert sequences(page) == list(range(5, 55))
    ways = [*page.find("a", class_="log__earlier"), *page.find("a", class_="log__later")]
    assert [link.text for link in ways] == ["Earlier messages", "Later messages"]
    # In a browser with scripts nothing holds its place: each page that came would show the way to the next at once.
    assert [name for link in ways for name in link.attributes if name.startswith("hx-")] == []


def test_changes_since_a_revision_come_in_their_order_tombstones_too(garden: Room, ana: User) -> None:
    one, two, three = make_messages(3, garden, ana)
    since = fresh(garden).revision
    edit_message(message=two, by=ana, text="changed")
    delete_message(message=one, by=ana)

    answer = browser(ana, htmx=True).get(f"/rooms/garden/messages/?since={since}")

    page = parse(answer.content)
    assert [article.attributes["id"] for article in page.find("article")] == [f"message-{two.pk}", f"message-{one.pk}"]
    assert "message--gone" in page.find("article")[1].attributes["class"]
    assert answer["X-Room-Revision"] == str(since + 2)
    assert three.pk not in {int(article.attributes["id"].removeprefix("message-")) for article in page.find("article")}


def test_too_many_changes_are_the_newest_page_instead(garden: Room, ana: User) -> None:
    Message.objects.bulk_create(
        Message(room=garden, author=ana, sequence=n, revision=garden.revision + n, created_revision=1, text=str(n))
        for n in range(1, 502)
    )
    Room.objects.filter(pk=garden.pk).update(revision=garden.revision + 501, last_sequence=501)
    client = browser(ana, htmx=True)

    all_but_one = client.get(f"/rooms/garden/messages/?since={garden.revision + 1}")
    too_many = client.get(f"/rooms/garden/messages/?since={garden.revision}")

    assert sequences(parse(all_but_one.content)) == list(range(2, 502))
    assert "X-Resync" not in all_but_one
    assert sequences(parse(too_many.content)) == list(range(452, 502))
    assert too_many["X-Resync"] == "1"


@pytest.mark.parametrize("bound", ["before=x", "before=-1", "after=1e9", "since=99999999999999999999", "before=٣"])
def test_nonsense_in_an_address_is_a_page_all_the_same(garden: Room, ana: User, bound: str) -> None:
    assert browser(ana).get(f"/rooms/garden/messages/?{bound}").status_code == 200
    assert browser(ana).get(f"/rooms/garden/?around={bound[-1]}x").status_code == 200


def test_a_message_has_a_page_with_what_one_may_do(garden: Room, ana: User, ben: User) -> None:
    message = make_message(garden, ben)

    def offered(user: User) -> list[str]:
        page = parse(browser(user).get(f"/messages/{message.pk}/").content)
        return [word.text for word in page.find("p", class_="letter__buttons")[0].walk() if word.tag in ("a", "button")]

    assert offered(ben) == ["React", "Edit", "Delete", "Back to the room"]
    assert offered(ana) == ["React", "Delete", "Back to the room"]


def test_editing_by_a_plain_form(garden: Room, ana: User) -> None:
    message = make_message(garden, ana, "teh")
    client = browser(ana)

    form = parse(client.get(f"/messages/{message.pk}/edit").content)
    answer = client.post(f"/messages/{message.pk}/", {"text": "the"})

    assert [area.text for area in form.find("textarea")] == ["teh"]
    assert answer["Location"] == f"/rooms/garden/?around=1#message-{message.pk}"
    assert Message.objects.get(pk=message.pk).text == "the"


def test_editing_by_a_fragment_answers_the_message_marked_edited(garden: Room, ana: User) -> None:
    message = make_message(garden, ana, "teh")
    client = browser(ana, htmx=True)

    form = parse(client.get(f"/messages/{message.pk}/edit").content)
    answer = parse(client.post(f"/messages/{message.pk}/", {"text": "the"}).content)

    assert [element.tag for element in form.children if isinstance(element, Element)] == ["message-edit"]
    assert answer.find("div", class_="prose")[0].text == "the"
    assert len(answer.find("span", class_="message__edited")) == 1


def test_a_refused_edit_keeps_what_was_typed_where_it_was_typed(garden: Room, ana: User) -> None:
    message = make_message(garden, ana)

    answer = browser(ana, htmx=True).post(f"/messages/{message.pk}/", {"text": " "})

    assert (answer.status_code, answer["HX-Retarget"]) == (422, f"#message-{message.pk} .message__body")
    assert [problem.text for problem in parse(answer.content).find("p", role="alert")] == ["There is nothing to send."]


def test_nobody_edits_the_words_of_others(garden: Room, ana: User, ben: User) -> None:
    message = make_message(garden, ben)

    assert browser(ana).get(f"/messages/{message.pk}/edit").status_code == 404
    assert browser(ana).post(f"/messages/{message.pk}/", {"text": "mine"}).status_code == 403
    assert Message.objects.get(pk=message.pk).text == "hello"


def test_deleting_asks_first_and_leaves_a_tombstone(garden: Room, ana: User) -> None:
    message = make_message(garden, ana)
    client = browser(ana)

    question = client.get(f"/messages/{message.pk}/delete")
    assert Message.objects.get(pk=message.pk).is_deleted is False
    client.post(f"/messages/{message.pk}/delete")

    assert question.status_code == 200
    assert Message.objects.get(pk=message.pk).is_deleted is True
    (article,) = parse(client.get("/rooms/garden/").content).find("article", id=f"message-{message.pk}")
    assert article.find("div", class_="message__body")[0].text == "A message was deleted."


def test_an_owner_deletes_the_words_of_others_and_a_member_does_not(
    garden: Room, ana: User, ben: User, eve: User
) -> None:
    message = make_message(garden, eve)

    assert browser(ben).post(f"/messages/{message.pk}/delete").status_code == 403
    assert browser(ana).post(f"/messages/{message.pk}/delete").status_code == 302
    assert Message.objects.get(pk=message.pk).is_deleted is True
