"""What one reader may look at besides what everybody is shown: a place in line, an earlier attempt."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chat.models import Attempt, Message, Reply, Room, User
from chat.services.exporting import export_room
from chat.services.importing import import_room, read_file
from chat.services.replies import retry_reply
from chat.services.stopping import stop_answers_of, stop_reply
from chat.templatetags.house import in_line
from tests.factories import fresh, make_assistant, make_message, make_reply, start_reply
from tests.views.conftest import browser
from tests.views.markup import Element, parse

WAITING = {"class": "reply__wait"}


@pytest.fixture
def tried_twice(garden: Room, ana: User) -> Message:
    """A reply whose first attempt was stopped after some words, and whose second is whole."""
    reply = make_reply(garden, ana, make_assistant("helper", garden))
    first = start_reply(reply)
    later = first.started_at + timedelta(seconds=6)
    Attempt.objects.filter(pk=first.pk).update(
        status="stopped", text="**Half** of", model="tiny-1", completion_tokens=2, reasoning="Hm.", first_token_at=later
    )
    second = Attempt.objects.create(reply=reply.reply, number=2, status="complete", text="Whole.", model="tiny-2")
    Reply.objects.filter(message=reply).update(attempt=2, current=second, is_open=False, lease_owner="")
    Message.objects.filter(pk=reply.pk).update(
        status="complete", attempt_number=2, text="Whole.", html="<p>Whole.</p>", revision=9
    )
    return Message.objects.get(pk=reply.pk)


def article_of(content: bytes) -> Element:
    (article,) = parse(content).find("article")
    return article


def test_an_earlier_attempt_stands_in_its_messages_place(tried_twice: Message, ben: User) -> None:
    article = article_of(browser(ben, htmx=True).get(f"/messages/{tried_twice.pk}/attempts/1/").content)

    assert article.attributes["id"] == f"message-{tried_twice.pk}"
    assert (article.attributes["data-revision"], article.attributes["data-attempt"]) == ("9", "1")
    assert article.find("div", class_="prose")[0].text == "Half of"
    assert [element.text for element in article.find("span", class_="reply__attempts")] == ["attempt 1/2"]
    assert article.find("summary")[0].text == "Thought for 6 s"
    assert "Stopped. An earlier attempt tiny-1" in article.text
    assert article.find("reply-body") == [], "what is being written now has no business in it"


def test_the_newest_attempt_is_the_message_itself(tried_twice: Message, ben: User) -> None:
    client = browser(ben, htmx=True)

    newest = client.get(f"/messages/{tried_twice.pk}/attempts/2/").content

    assert newest == client.get(f"/messages/{tried_twice.pk}/").content
    assert "attempt 2/2" in article_of(newest).text


def test_an_attempt_stopped_before_its_first_word_does_not_pass_off_earlier_words_as_its_own(
    tried_twice: Message, ana: User, ben: User
) -> None:
    retry_reply(message=tried_twice, by=ana)
    stop_reply(message=tried_twice, by=ana)

    article = article_of(browser(ben, htmx=True).get(f"/messages/{tried_twice.pk}/").content)

    assert article.find("reply-body")[0].text == "Whole."
    assert "Stopped by ana before its first word: what was there is kept" in " ".join(article.text.split())
    assert "attempt 3/3" in article.text


def test_while_a_reply_is_being_written_there_is_no_way_back_to_earlier_attempts(
    tried_twice: Message, ben: User
) -> None:
    Message.objects.filter(pk=tried_twice.pk).update(status="streaming")

    article = article_of(browser(ben, htmx=True).get(f"/messages/{tried_twice.pk}/attempts/1/").content)

    assert len(article.find("reply-body")) == 1
    assert article.find("span", class_="reply__attempts") == []


def test_without_scripts_an_attempt_is_a_page(tried_twice: Message, ben: User) -> None:
    page = parse(browser(ben).get(f"/messages/{tried_twice.pk}/attempts/1/").content)

    assert page.find("main")[0].find("div", class_="prose")[0].text == "Half of"


def test_the_way_to_attempts_that_were_not_imported_says_so_and_leads_back(tried_twice: Message, ben: User) -> None:
    file = "".join(export_room(room=fresh(tried_twice.room), form="json").pieces)
    with read_file(BytesIO(file.encode())) as read:
        reply = import_room(read, slug="orchard").room.messages.get(attempt_number=2)
    client = browser(ben, htmx=True)

    newest = article_of(client.get(f"/messages/{reply.pk}/").content)
    earlier = article_of(client.get(way(newest, "earlier")).content)

    assert "This attempt was not imported." in earlier.text
    assert [element.text for element in earlier.find("span", class_="reply__attempts")] == ["attempt 1/2"]
    assert "Whole." in article_of(client.get(way(earlier, "later")).content).text


def way(article: Element, direction: str) -> str:
    (link,) = [each for each in article.find("a") if each.attributes.get("id", "").endswith(f"-{direction}")]
    return link.attributes["href"]


@pytest.mark.parametrize("number", [0, 3])
def test_an_attempt_that_was_not_made_is_not_found(tried_twice: Message, ben: User, number: int) -> None:
    assert browser(ben).get(f"/messages/{tried_twice.pk}/attempts/{number}/").status_code == 404


def test_attempts_of_a_private_room_are_not_a_strangers(cellar: Room, ana: User, eve: User) -> None:
    reply = make_reply(cellar, ana, make_assistant("helper", cellar))
    start_reply(reply)

    assert browser(eve).get(f"/messages/{reply.pk}/attempts/1/").status_code == 404
    assert browser(eve).get(f"/messages/{reply.pk}/place").status_code == 404


def test_who_waits_moves_up_as_others_are_taken(garden: Room, ana: User, ben: User) -> None:
    helper = make_assistant("helper", garden)
    first, second, third = (make_reply(garden, ana, helper) for _ in range(3))
    for number, message in enumerate((first, second, third)):
        Reply.objects.filter(message=message).update(created_at=timezone.now() + timedelta(seconds=number))
    client = browser(ben, htmx=True)

    before = [parse(client.get(f"/messages/{one.pk}/place").content).text for one in (first, second, third)]
    Message.objects.filter(pk=first.pk).update(status="streaming")
    after = [parse(client.get(f"/messages/{one.pk}/place").content).text for one in (second, third)]

    assert (before, after) == (["Next in line", "2nd in line", "3rd in line"], ["Next in line", "2nd in line"])
    assert client.get(f"/messages/{first.pk}/place").status_code == 204


def test_who_waits_asks_at_first_soon_and_then_every_five_seconds(garden: Room, ana: User) -> None:
    """What is put in its own place is loaded each time."""
    reply = make_reply(garden, ana, make_assistant("helper", garden))
    client = browser(ana, htmx=True)

    shown = [parse(client.get(f"/messages/{reply.pk}/{part}").content).find("p", **WAITING) for part in ("", "place")]

    assert [one.attributes["hx-trigger"] for (one,) in shown] == ["load delay:1s, every 5s", "every 5s"]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (None, "Waiting for its turn"),
        (1, "Next in line"),
        (3, "3rd in line"),
        (12, "12th in line"),
        (22, "22nd in line"),
    ],
)
def test_a_place_in_line_is_said_as_one_says_it(place: int | None, words: str) -> None:
    assert in_line(place) == words


def test_what_people_write_is_folded_sooner_than_an_answer(garden: Room, ana: User) -> None:
    short, long = make_message(garden, ana, "line\n" * 24), make_message(garden, ana, "line\n" * 30)

    assert [Message.objects.get(pk=one.pk).is_long for one in (short, long)] == [False, True]


@pytest.mark.parametrize(
    ("text", "status", "is_folded"),
    [
        ("word " * 1200, "complete", False),
        ("word " * 1201, "complete", True),
        ("line\n" * 79, "complete", False),
        ("line\n" * 80, "complete", True),
        ("line\n" * 80, "streaming", False),
        ("line\n" * 80, "interrupted", False),
    ],
)
def test_an_answer_is_folded_once_it_is_complete_and_very_long(
    tried_twice: Message, ana: User, text: str, status: str, is_folded: bool
) -> None:
    Message.objects.filter(pk=tried_twice.pk).update(text=text, status=status)

    page = parse(browser(ana).get("/rooms/garden/").content)

    (shown,) = page.find("article", id=f"message-{tried_twice.pk}")
    assert [len(fold.find("reply-body")) for fold in shown.find("message-fold")] == [1] * is_folded


def test_a_page_that_is_signed_out_asks_no_more_and_is_not_sent_away(tried_twice: Message) -> None:
    answer = Client().get(f"/messages/{tried_twice.pk}/place", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.content, answer["HX-Reswap"]) == (286, b"", "none")
    assert "HX-Redirect" not in answer


def test_what_stopped_as_its_assistant_was_switched_off_by_a_command_was_stopped_by_nobody(
    garden: Room, ana: User, django_capture_on_commit_callbacks: Any
) -> None:
    helper = make_assistant("helper", garden)
    reply = make_reply(garden, ana, helper)

    with django_capture_on_commit_callbacks(execute=True):
        stop_answers_of(helper)

    foot = article_of(browser(ana, htmx=True).get(f"/messages/{reply.pk}/").content).find("footer")[0]
    assert [element.text.strip() for element in foot.find("span", class_="reply__state")] == ["Stopped"]


def test_without_scripts_one_is_led_back_when_what_was_stopped_has_ended(
    garden: Room, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page that comes is all that such a browser learns: it showed the reply as going on, with its Stop."""
    reply = make_reply(garden, ana, make_assistant("helper", garden))
    start_reply(reply)
    looked: list[float] = []

    def end(seconds: float) -> None:
        looked.append(seconds)
        Reply.objects.filter(message=reply).update(is_open=len(looked) < 3)

    monkeypatch.setattr("chat.services.stopping.sleep", end)

    plain = browser(ana).post(f"/messages/{reply.pk}/stop")

    assert (plain.status_code, len(looked)) == (302, 3)


@pytest.mark.parametrize("is_scripted", [True, False])
def test_nobody_waits_for_a_writer_who_has_died_nor_a_page_with_scripts_for_anybody(
    garden: Room, ana: User, monkeypatch: pytest.MonkeyPatch, is_scripted: bool
) -> None:
    reply = make_reply(garden, ana, make_assistant("helper", garden))
    start_reply(reply)
    if not is_scripted:
        monkeypatch.setattr("chat.services.stopping.LONGEST_WAIT_SECONDS", 0.0)
    monkeypatch.setattr("chat.services.stopping.sleep", pytest.fail)

    answer = browser(ana, htmx=is_scripted).post(f"/messages/{reply.pk}/stop")

    assert answer.status_code == (204 if is_scripted else 302)
