from __future__ import annotations

import pytest

from chat import markup
from chat.models import Attempt, Message, Reply, Room, User
from chat.replies import ledger
from chat.replies.outcomes import Outcome
from chat.services.assistants import save_assistant
from tests.api.asking import Program
from tests.factories import make_assistant, make_message, make_reply


@pytest.fixture
def reply(ana: User, garden: Room) -> Message:
    """Queued, in Ana's and Ben's room."""
    return make_reply(garden, ana, make_assistant("helper", garden))


def write(reply: Message, **outcome: object) -> None:
    (lease,) = ledger.claim("a writer", 1)
    ledger.finish(lease, Outcome(**{"status": "complete", "reason": "stop", **outcome}))  # type: ignore[arg-type]


def test_a_reply_that_nobody_has_begun_is_stopped_at_once(ana: User, reply: Message):
    status, answer = Program(ana).post(f"/messages/{reply.pk}/stop")

    assert (status, answer["status"], answer["attempt"]) == (200, "stopped", 1)


def test_a_reply_that_is_being_written_is_stopped_by_its_writer(ana: User, reply: Message):
    ledger.claim("a writer", 1)

    status, answer = Program(ana).post(f"/messages/{reply.pk}/stop")

    assert (status, answer["status"]) == (200, "streaming")
    assert Reply.objects.get().stopped_by == ana


def test_what_is_not_being_written_cannot_be_stopped(ana: User, garden: Room, reply: Message):
    program = Program(ana)
    program.post(f"/messages/{reply.pk}/stop")

    assert program.post(f"/messages/{reply.pk}/stop")[1]["code"] == "not_running"
    assert program.post(f"/messages/{make_message(garden, ana).pk}/stop")[0] == 404


def test_retry_is_the_next_attempt_of_the_same_message(ana: User, reply: Message):
    program = Program(ana)
    assert program.post(f"/messages/{reply.pk}/retry")[1]["code"] == "still_running"
    program.post(f"/messages/{reply.pk}/stop")

    status, answer = program.post(f"/messages/{reply.pk}/retry")

    assert (status, answer["id"], answer["status"], answer["attempt"]) == (200, reply.pk, "queued", 2)


def test_an_assistant_that_is_switched_off_is_not_asked_again(ana: User, reply: Message):
    program = Program(ana)
    program.post(f"/messages/{reply.pk}/stop")
    save_assistant(slug="helper", enabled=False)

    status, answer = program.post(f"/messages/{reply.pk}/retry")

    assert (status, answer["code"]) == (409, "assistant_unavailable")


def test_somebody_who_only_reads_a_public_room_steers_nothing(ana: User, eve: User, square: Room):
    reply = make_reply(square, ana, make_assistant("helper", square))

    assert Program(eve).post(f"/messages/{reply.pk}/stop") == (
        404,
        {"code": "not_a_member", "detail": "You are not a member of this room."},
    )


def test_every_attempt_is_told(ana: User, reply: Message):
    program = Program(ana)
    write(reply, status="failed", reason="", error_kind="auth", error_detail="key sk-… is wrong", model="m1")
    program.post(f"/messages/{reply.pk}/retry")
    write(reply, text="Four.", body=markup.render("Four."), model="m2", prompt_tokens=9, completion_tokens=2)

    assert program.get(f"/messages/{reply.pk}/attempts") == (
        200,
        {
            "attempts": [
                {
                    "number": 1,
                    "status": "failed",
                    "reason": None,
                    "assistant": "helper",
                    "continues": False,
                    "text": "",
                    "model": "m1",
                    "usage": None,
                    "cost": None,
                    "error": {"code": "auth", "detail": "The model's server did not accept this assistant's key."},
                    "fallback": None,
                },
                {
                    "number": 2,
                    "status": "complete",
                    "reason": "stop",
                    "assistant": "helper",
                    "continues": False,
                    "text": "Four.",
                    "model": "m2",
                    "usage": {"prompt": 9, "completion": 2, "total": 11},
                    "cost": None,
                    "error": None,
                    "fallback": None,
                },
            ]
        },
    )


def test_thoughts_are_told_only_to_who_asks_for_them(ana: User, reply: Message):
    write(reply, text="Four.", body=markup.render("Four."), reasoning="Two and two.")
    program = Program(ana)

    assert "reasoning" not in program.get(f"/messages/{reply.pk}/attempts")[1]["attempts"][0]
    assert program.get(f"/messages/{reply.pk}/attempts?reasoning=1")[1]["attempts"][0]["reasoning"] == "Two and two."
    assert "Two and two" not in str(program.get(f"/messages/{reply.pk}"))


def test_another_assistant_is_asked_instead_and_what_was_cut_off_goes_on(ana: User, garden: Room, reply: Message):
    make_assistant("baker", garden)
    program = Program(ana)
    write(reply, text="One", body=markup.render("One"), reason="length")

    assert program.post(f"/messages/{reply.pk}/continue")[1]["status"] == "queued"
    write(reply, text="One two.", body=markup.render("One two."))
    assert program.post(f"/messages/{reply.pk}/continue")[1]["code"] == "not_cut_off"
    assert program.post(f"/messages/{reply.pk}/retry", {"assistant": "baker"})[1]["attempt"] == 3
    write(reply, text="Two.", body=markup.render("Two."))

    _, answer = program.get(f"/messages/{reply.pk}/attempts")
    assert [(one["assistant"], one["continues"], one["text"]) for one in answer["attempts"]] == [
        ("helper", False, "One"),
        ("helper", True, "One two."),
        ("baker", False, "Two."),
    ]


def test_a_question_is_asked_again(ana: User, ben: User, reply: Message):
    prompt = reply.reply.prompt_id
    write(reply, text="One.", body=markup.render("One."))

    assert Program(ben).post(f"/messages/{prompt}/again")[1]["code"] == "forbidden"
    assert Program(ana).post(f"/messages/{prompt}/again")[0] == 200
    assert Message.objects.get(pk=reply.pk).attempt_number == 2


def test_a_failure_we_have_no_words_for_is_told_all_the_same(ana: User, reply: Message):
    write(reply, status="failed", reason="", error_kind="auth")
    Attempt.objects.update(error_kind="never heard of")

    _, answer = Program(ana).get(f"/messages/{reply.pk}/attempts")

    assert answer["attempts"][0]["error"] == {"code": "never heard of", "detail": "Something went wrong."}


def test_what_people_write_has_no_attempts(ana: User, garden: Room):
    assert Program(ana).get(f"/messages/{make_message(garden, ana).pk}/attempts") == (200, {"attempts": []})


def test_who_can_answer(ana: User):
    make_assistant("zed")
    make_assistant("able")
    make_assistant("off", enabled=False)

    assert Program(ana).get("/assistants") == (
        200,
        [{"slug": "able", "name": "able", "emoji": ""}, {"slug": "zed", "name": "zed", "emoji": ""}],
    )
