from __future__ import annotations

from uuid import uuid4

import pytest

from chat.exceptions import ChatError, Forbidden, Invalid, NotFound, NotRunning, StillRunning
from chat.models import Message, Reply, Room, User
from chat.services import commands
from chat.services.answering import let_answer
from chat.services.commands import COMMANDS, is_command, run_command
from chat.services.rooms import change_room, direct_room
from tests.factories import fresh, make_assistant, make_message, make_person, make_reply, start_reply


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/topic", True),
        ("/topic What we grow", True),
        ("/TOPIC x\n", True),
        ("/unknown", True),
        ("/topic \t  x", True),
        (f"/a{' ' * 300_000}\nx", False),  # a minute for each way to share the blanks out
        (f"/ask{' ' * 15_000}x", True),
        (f"/ask {'x' * 16_000}", False),
        (" /topic", False),
        ("//topic", False),
        ("/etc/hosts", False),
        ("/ x", False),
        ("/topic\nx", False),
        ("a /topic", False),
        ("/2 of them", False),
        ("/ask helper what\nis this?", True),
        ("/asking what\nis this", False),
    ],
)
def test_a_command_is_one_line_that_begins_with_a_stroke_and_a_word(text: str, expected: bool) -> None:
    assert is_command(text) is expected


def test_topic_and_name_are_set_by_an_owner(garden: Room, ana: User) -> None:
    assert run_command(room=garden, by=ana, text="/topic  What we grow ").words == "The topic is set."
    assert run_command(room=garden, by=ana, text="/rename Orchard").words == "The room is renamed."

    assert (fresh(garden).topic, fresh(garden).name) == ("What we grow", "Orchard")


@pytest.mark.parametrize("text", ["/topic x", "/rename x", "/archive", "/invite @eve"])
def test_what_only_owners_may_is_refused_to_others(garden: Room, ben: User, eve: User, text: str) -> None:
    with pytest.raises(Forbidden, match="Only an owner"):
        run_command(room=garden, by=ben, text=text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("/nothing", "There is no command /nothing. To say it as it is, begin with a space."),
        ("/topic", "Write /topic what the room is for."),
        ("/leave now", "/leave stands alone. To say it as it is, begin with a space."),
        ("/invite @nobody", "Nobody here has the name @nobody."),
        (f"/invite {'@ben, ' * 21}", "Invite at most 20 at once."),
    ],
)
def test_a_mistake_is_said_in_plain_words(garden: Room, ana: User, text: str, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        run_command(room=garden, by=ana, text=text)

    assert refused.value.detail == why


def test_inviting_brings_in_all_or_nobody(garden: Room, ana: User, eve: User) -> None:
    make_person("max")

    with pytest.raises(Invalid):
        run_command(room=garden, by=ana, text="/invite @eve @nobody")
    assert garden.membership_of(eve) is None
    done = run_command(room=garden, by=ana, text="/invite @eve, max")

    assert done.words == "eve and max can read and write here now."
    assert set(garden.memberships.values_list("user__username", flat=True)) == {"ana", "ben", "eve", "max"}


def test_leaving_a_public_room_is_done_and_a_private_one_is_asked_about(square: Room, garden: Room, ana: User) -> None:
    assert run_command(room=square, by=ana, text="/leave").leads_to == "rooms"
    assert run_command(room=garden, by=ana, text="/leave").leads_to == "room-leave"

    assert square.membership_of(ana) is None
    assert garden.membership_of(ana) is not None


def test_who_is_no_member_cannot_leave(square: Room, eve: User) -> None:
    with pytest.raises(Invalid, match="no member"):
        run_command(room=square, by=eve, text="/leave")


def test_a_direct_room_is_called_by_its_people(ana: User, ben: User) -> None:
    with pytest.raises(Forbidden, match="called by its people"):
        run_command(room=direct_room(by=ana, others=[ben]), by=ana, text="/rename Us")


def test_archiving_closes_the_room(garden: Room, ana: User) -> None:
    run_command(room=garden, by=ana, text="/archive")

    assert fresh(garden).is_archived


def test_stop_ends_the_newest_reply_one_has_asked_for(garden: Room, ana: User, ben: User) -> None:
    helper = make_assistant("helper", garden)
    mine, theirs = make_reply(garden, ana, helper), make_reply(garden, ben, helper)

    assert run_command(room=garden, by=ana, text="/stop").words == "helper stops."
    assert Message.objects.get(pk=mine.pk).status == Message.Status.STOPPED
    run_command(room=garden, by=ana, text="/stop")

    assert Message.objects.get(pk=theirs.pk).status == Message.Status.STOPPED
    with pytest.raises(NotRunning, match="Nothing is being written here"):
        run_command(room=garden, by=ana, text="/stop")


def test_retry_asks_for_the_newest_reply_again(garden: Room, ana: User) -> None:
    reply = make_reply(garden, ana, make_assistant("helper", garden))
    with pytest.raises(StillRunning):
        run_command(room=garden, by=ana, text="/retry")
    run_command(room=garden, by=ana, text="/stop")

    run_command(room=garden, by=ana, text="/retry")

    assert Message.objects.get(pk=reply.pk).status == Message.Status.QUEUED


def test_asking_says_the_words_and_has_them_answered_by_the_one_named(garden: Room, ana: User) -> None:
    helper, writer = make_assistant("helper", garden), make_assistant("writer", garden)
    change_room(room=garden, by=ana, answering_assistant=writer)

    done = run_command(room=garden, by=ana, text="/ask @Helper What is this?\n\n    a weed")

    prompt = Message.objects.get(author=ana)
    assert (done.words, prompt.text) == ("", "What is this?\n\n    a weed")
    assert [reply.assistant for reply in Reply.objects.filter(prompt=prompt)] == [helper]


def test_what_is_asked_again_because_its_answer_was_lost_is_asked_once(garden: Room, ana: User) -> None:
    make_assistant("helper", garden)
    client_id = uuid4()

    for _ in range(2):
        run_command(room=fresh(garden), by=ana, text="/ask helper why?", client_id=client_id)

    assert Message.objects.get(author=ana).text == "why?"
    assert Reply.objects.count() == 1


def test_asking_brings_the_assistant_in_where_one_may(garden: Room, square: Room, ana: User, ben: User) -> None:
    helper = make_assistant("helper")
    with pytest.raises(Forbidden):
        run_command(room=garden, by=ben, text="/ask helper hello")
    assert not garden.messages.exists()

    run_command(room=square, by=ana, text="/ask helper hello")
    run_command(room=garden, by=ana, text="/ask helper hello")

    assert square.membership_of(helper.user)
    assert garden.membership_of(helper.user)
    assert Reply.objects.count() == 2


def test_asking_in_a_public_room_joins_it_if_it_is_asked(square: Room, eve: User) -> None:
    helper, asleep = make_assistant("helper"), make_assistant("asleep", square)
    let_answer(room=square, by=None, assistant=asleep, answers="never")
    with pytest.raises(ChatError):
        run_command(room=square, by=eve, text="/ask asleep hello")
    assert square.membership_of(eve) is None

    run_command(room=square, by=eve, text="/ask helper hello")

    assert square.membership_of(eve)
    assert square.membership_of(helper.user)
    assert Reply.objects.get().asker == eve


def test_asking_in_vain_says_nothing_in_the_room(garden: Room, ana: User) -> None:
    helper = make_assistant("helper", garden)
    make_assistant("asleep", garden, enabled=False)
    let_answer(room=garden, by=ana, assistant=helper, answers="never")

    for text, why in (
        ("/ask helper hello", "does not answer in this room"),
        ("/ask helper", "Write /ask helper and what you ask"),
        ("/ask asleep hello", "No assistant here has the name asleep"),
        ("/ask ben hello", "No assistant here has the name ben"),
    ):
        with pytest.raises(ChatError, match=why):
            run_command(room=garden, by=ana, text=text)

    assert not garden.messages.exists()


def test_help_leads_to_the_page_about_writing(garden: Room, ana: User) -> None:
    assert run_command(room=garden, by=ana, text="/help").leads_to == "writing"


def test_without_any_reply_there_is_none_to_retry(garden: Room, ana: User) -> None:
    with pytest.raises(NotFound, match="no reply among the newest messages"):
        run_command(room=garden, by=ana, text="/retry")


def test_what_lies_far_back_is_not_retried_by_a_command(
    garden: Room, ana: User, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One's own reply before another's, but neither from long ago."""
    monkeypatch.setattr(commands, "RETRIED_AMONG", 2)
    helper = make_assistant("helper", garden)
    own, other = make_reply(garden, ana, helper), make_reply(garden, ben, helper)
    for _ in range(2):
        run_command(room=garden, by=ana, text="/stop")

    run_command(room=fresh(garden), by=ana, text="/retry")

    assert Message.objects.get(pk=other.pk).status == Message.Status.QUEUED
    assert Message.objects.get(pk=own.pk).status == Message.Status.STOPPED
    for _ in range(3):
        make_message(garden, ana)
    with pytest.raises(NotFound):
        run_command(room=fresh(garden), by=ana, text="/retry")


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("leave", "help")])
def test_a_stranger_gets_nowhere(garden: Room, ana: User, eve: User, name: str) -> None:
    start_reply(make_reply(garden, ana, make_assistant("helper", garden)))
    operand = " @ben" if COMMANDS[name].operand else ""

    with pytest.raises(ChatError):
        run_command(room=garden, by=eve, text=f"/{name}{operand}")

    assert fresh(garden).topic == ""
    assert fresh(garden).name == "Garden"
    assert make_message(garden, ana, "still open").pk
