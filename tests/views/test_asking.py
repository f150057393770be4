"""Asking again, of whom, and what one thinks of it: as pages, and as questions over the page that is open."""

from __future__ import annotations

from typing import Any

import pytest

from chat import markup
from chat.models import Attempt, Feedback, Membership, Message, Reply, Room, User
from chat.replies import ledger
from chat.replies.checkpoints import Progress, checkpoint
from chat.replies.outcomes import Outcome
from chat.services.replies import retry_reply
from chat.services.stopping import stop_reply
from tests.factories import make_assistant, make_message, make_reply
from tests.views.conftest import browser
from tests.views.markup import Element, parse


@pytest.fixture
def reply(garden: Room, ana: User) -> Message:
    """Asked for by Ana, whole, in a room with two assistants."""
    reply = make_reply(garden, ana, make_assistant("helper", garden))
    make_assistant("baker", garden, model="tiny-1")
    write("**Beans**.")
    return reply


def write(text: str, status: str = "complete", reason: str = "stop") -> None:
    (lease,) = ledger.claim("a writer", 1)
    ledger.finish(lease, Outcome(status=status, reason=reason, text=text, body=markup.render(text)))


def article_of(message: Message, reader: User) -> Element:
    (article,) = parse(browser(reader, htmx=True).get(f"/messages/{message.pk}/").content).find("article")
    return article


@pytest.mark.parametrize("htmx", [False, True])
def test_the_assistants_of_the_room_are_offered(reply: Message, ben: User, htmx: bool) -> None:
    page = parse(browser(ben, htmx=htmx).get(f"/messages/{reply.pk}/ask/").content)

    choices = page.find("button", class_="sheet__choice")
    assert [button.attributes["value"] for button in choices] == ["helper", "baker"]
    assert [button.text.split()[-1] for button in choices] == ["more", "tiny-1"]
    assert len(page.find("dialog")) == htmx


def test_another_assistant_is_offered_where_there_is_one(reply: Message, ben: User) -> None:
    offered = {"class_": "button", "href": f"/messages/{reply.pk}/ask/"}

    assert len(parse(browser(ben).get(f"/messages/{reply.pk}/").content).find("a", **offered)) == 1
    Membership.objects.filter(user__username="baker").delete()
    assert parse(browser(ben).get(f"/messages/{reply.pk}/").content).find("a", **offered) == []


def test_a_plain_form_asks_another_assistant(reply: Message, ben: User) -> None:
    response = browser(ben).post(f"/messages/{reply.pk}/retry", {"assistant": "baker"})
    write("Bread.")

    assert response.status_code == 302
    article = article_of(reply, ben)
    assert "answered by baker" in article.text
    assert "2/2" in article.text
    assert [attempt.author.slug for attempt in Attempt.objects.all()] == ["helper", "baker"]


def test_who_will_answer_is_said_while_it_waits_as_while_it_is_written(reply: Message, ben: User) -> None:
    """No frame tells a page anew that it has begun."""
    retry_reply(message=reply, by=ben, assistant="baker")
    waiting = article_of(reply, ben).find("span", class_="reply__facts")[0].text
    ledger.claim("a writer", 1)
    Attempt.objects.update(model="tiny-1-of-may")  # as its back end calls itself, once it has said a word
    begun = article_of(reply, ben).find("span", class_="reply__facts")[0].text

    assert waiting == begun
    assert waiting.split() == ["answered", "by", "baker", "tiny-1"]


def test_what_was_cut_off_says_so_and_goes_on(reply: Message, ana: User, ben: User) -> None:
    retry_reply(message=reply, by=ana)
    write("Beans and", reason="length")
    article = article_of(reply, ben)
    assert "Cut off by length" in article.text
    assert [button.text for button in article.find("button", data_action="continue")] == ["Continue"]

    browser(ben).post(f"/messages/{reply.pk}/continue")
    write("Beans and peas.")

    article = article_of(reply, ben)
    assert article.find("button", data_action="continue") == []
    assert Message.objects.get(pk=reply.pk).text == "Beans and peas."
    assert browser(ben).post(f"/messages/{reply.pk}/continue").status_code == 409


def begin(text: str) -> None:
    """The newest attempt, which is no further yet when its process ends."""
    (lease,) = ledger.claim("a writer", 1)
    checkpoint(lease, Progress(text=text, html="", sequence=1, model="m", first_token_at=None))


@pytest.mark.parametrize("is_in_order", [True, False], ids=["handed back", "taken over"])
def test_words_that_a_restart_left_go_on_though_the_next_attempt_was_stopped_before_its_first(
    reply: Message, ana: User, ben: User, is_in_order: bool
) -> None:
    retry_reply(message=reply, by=ana)
    begin("Beans and")
    if is_in_order:
        ledger.hand_back("a writer")
        stop_reply(message=reply, by=ana)
    else:
        Reply.objects.update(lease_expires_at=ledger.LONG_AGO)
        write("", "stopped", "stopped")
    assert list(Attempt.objects.values_list("status", "text")) == [
        ("complete", "**Beans**."),
        ("interrupted", "Beans and"),
        ("stopped", ""),
    ]

    (button,) = article_of(reply, ben).find("button", data_action="continue")

    assert browser(ben).post(button.attributes["formaction"]).status_code == 302
    assert [lease.begun for lease in ledger.claim("a writer", 1)] == ["Beans and"]


@pytest.mark.parametrize("status", ["stopped", "interrupted"])
def test_words_that_came_to_their_end_do_not_go_on_though_the_next_attempt_had_none(
    reply: Message, ana: User, ben: User, status: str
) -> None:
    retry_reply(message=reply, by=ana)
    write("", status, status)
    assert Message.objects.get(pk=reply.pk).text == "**Beans**."

    assert article_of(reply, ben).find("button", data_action="continue") == []

    assert browser(ben).post(f"/messages/{reply.pk}/continue").status_code == 409


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_asks_once_for_the_words_of_earlier_attempts(
    garden: Room, ana: User, count: int, django_assert_num_queries: Any
) -> None:
    helper = make_assistant("helper", garden)
    for _number in range(count):
        reply = make_reply(garden, ana, helper)
        write("Beans and", "interrupted", "interrupted")
        retry_reply(message=reply, by=ana)
        write("", "stopped", "stopped")

    with django_assert_num_queries(3):  # the messages, their files, and these
        messages = list(Message.objects.whole().filter(status="stopped"))
        assert [message.reply.is_cut_off for message in messages] == [True] * count


def test_strangers_are_asked_nothing(reply: Message, eve: User) -> None:
    for path in ("ask/", "feedback/", "again/"):
        assert browser(eve).get(f"/messages/{reply.pk}/{path}").status_code == 404
    for htmx in (False, True):
        refused = browser(eve, htmx=htmx).post(f"/messages/{reply.pk}/retry")
        assert (refused.status_code, refused["X-Error-Code"]) == (404, "not_a_member")
        assert "You are not a member of this room." in refused.content.decode()


def test_the_page_of_a_reply_offers_a_reader_nothing_that_is_its_rooms(reply: Message, ana: User, eve: User) -> None:
    pages = [parse(browser(user).get(f"/messages/{reply.pk}/").content) for user in (ana, eve)]

    offered = ["".join(part.text for part in page.find("p", class_="letter__buttons")) for page in pages]
    assert ["Ask another assistant" in words for words in offered] == [True, False]
    assert ["React" in words for words in offered] == [True, True]


@pytest.mark.parametrize("htmx", [False, True])
def test_who_edits_a_question_is_offered_to_ask_again(reply: Message, ana: User, htmx: bool) -> None:
    prompt = reply.reply.prompt
    client = browser(ana, htmx=htmx)

    response = client.post(f"/messages/{prompt.pk}/", {"text": "@helper something else?"})
    if not htmx:
        response = client.get(response["Location"])

    page = parse(response.content)
    assert [form.attributes["action"] for form in page.find("form", id="again")] == [f"/messages/{prompt.pk}/again/"]
    assert len(page.find("article", id=f"message-{prompt.pk}")) == htmx
    assert client.post(f"/messages/{prompt.pk}/again/").status_code == (204 if htmx else 302)
    assert Message.objects.get(pk=reply.pk).status == "queued"


def test_an_edit_that_changes_nothing_or_that_nobody_answered_asks_nothing(
    reply: Message, garden: Room, ana: User
) -> None:
    prompt, chat = reply.reply.prompt, make_message(garden, ana, "hello")
    client = browser(ana, htmx=True)

    for message, text in ((prompt, prompt.text), (chat, "hello there")):
        assert b"dialog" not in client.post(f"/messages/{message.pk}/", {"text": text}).content


def test_a_thumb_opens_a_question_and_its_answer_is_kept_and_taken_back(reply: Message, ben: User) -> None:
    client = browser(ben)
    page = parse(client.get(f"/messages/{reply.pk}/feedback/?rating=-1").content)
    (chosen,) = [one for one in page.find("input") if "checked" in one.attributes]
    assert chosen.attributes["value"] == "-1"

    client.post(f"/messages/{reply.pk}/feedback/", {"rating": "-1", "words": "Too short", "attempt": "1"})
    assert Feedback.objects.values_list("user", "rating", "words").get() == (ben.pk, -1, "Too short")
    page = parse(client.get(f"/messages/{reply.pk}/feedback/").content)
    assert page.find("textarea")[0].text == "Too short"

    client.post(f"/messages/{reply.pk}/feedback/", {"withdraw": "1", "attempt": "1"})
    assert not Feedback.objects.exists()
    assert client.post(f"/messages/{reply.pk}/feedback/", {"rating": "5"}).status_code == 422


def test_what_one_reader_thinks_changes_no_fragment(reply: Message, ana: User, ben: User) -> None:
    before = browser(ana, htmx=True).get(f"/messages/{reply.pk}/").content

    browser(ben).post(f"/messages/{reply.pk}/feedback/", {"rating": "1"})

    assert [browser(one, htmx=True).get(f"/messages/{reply.pk}/").content for one in (ana, ben)] == [before] * 2


def test_the_source_is_the_markdown_of_a_message_or_an_attempt(reply: Message, ana: User, eve: User) -> None:
    retry_reply(message=reply, by=ana)
    write("*Peas*.")
    client = browser(ana)

    sources = [client.get(f"/messages/{reply.pk}/source/{query}") for query in ("", "?attempt=1")]

    assert [source.content for source in sources] == [b"*Peas*.", b"**Beans**."]
    assert {source["Content-Type"] for source in sources} == {"text/plain; charset=utf-8"}
    assert client.get(f"/messages/{reply.pk}/source/?attempt=3").status_code == 404


def test_who_asked_may_stop_it_and_their_style_says_so(garden: Room, ana: User, ben: User, reply: Message) -> None:
    retry_reply(message=reply, by=ben)

    assert article_of(reply, ana).attributes["data-asker"] == f"{ben.pk} {ana.pk}"
    assert f'.reply[data-asker~="{ben.pk}"] .reply__stop' in browser(ben).get("/me.css").content.decode()
    assert "Stop" in parse(browser(ben).get(f"/messages/{reply.pk}/").content).find(class_="letter__buttons")[0].text


def test_other_members_are_refused_to_stop(garden: Room, eve: User, reply: Message, ana: User) -> None:
    Membership.objects.create(room=garden, user=eve)
    retry_reply(message=reply, by=ana)

    buttons = parse(browser(eve).get(f"/messages/{reply.pk}/").content).find(class_="letter__buttons")[0]
    assert "Stop" not in buttons.text
    assert browser(eve).post(f"/messages/{reply.pk}/stop").status_code == 403
