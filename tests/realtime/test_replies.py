from __future__ import annotations

import asyncio
import re
from html import unescape

import pytest
from asgiref.sync import sync_to_async
from django.conf import LazySettings

from chat import markup
from chat.models import Assistant, Attempt, Membership, Message, Reply, Room, User
from chat.replies import ledger, worker
from chat.services import messages, rooms
from tests import fake_llm
from tests.factories import make_assistant
from tests.fake_llm import FakeLLM
from tests.realtime.conftest import Opener
from tests.realtime.tabs import HTML, Frame, Tab

ANSWER = "One, **two**, three:\n\n- a\n- b\n\n```python\nprint(1)\n```\n\nthat is all."


async def ask(tab: Tab, text: str = "@helper count") -> int:
    """The id of the reply, queued."""
    await tab.say(text)
    while True:
        frame = await tab.until("message.created")
        if frame["message"]["author"]["kind"] == "assistant":
            assert frame["message"]["status"] == "queued"
            return int(frame["message"]["id"])


async def test_a_reply_streams_to_everybody_and_ends_as_a_message(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    model.reply_with(ANSWER)
    hers, his = await open_tab(ana, "general"), await open_tab(ben, "general")

    reply = await ask(hers)
    hers_read, his_read = await asyncio.gather(hers.reply_text(reply), his.reply_text(reply))

    assert hers_read == his_read == ANSWER
    updated, end = his.seen[-2:]
    assert updated["type"] == "message.updated"
    assert updated["message"]["text"] == ANSWER
    assert updated["message"]["status"] == "complete"
    assert updated["message"]["html"] == markup.render(ANSWER).html
    assert end == {
        "type": "control",
        "action": "end",
        "message": reply,
        "attempt": 1,
        "data": {
            "reason": "stop",
            "usage": {"prompt": 9, "completion": 3, "total": 12},
            "revision": updated["revision"],
        },
    }
    starts = [frame for frame in his.seen if frame.get("action") == "start"]
    prompt = (await Reply.objects.aget()).prompt_id
    assert starts[0]["data"] == {"assistant": "helper", "prompt": prompt, "sequence": 0, "content": ""}


async def test_the_html_dialect_grows_block_by_block(ana: User, helper: User, model: FakeLLM, open_tab: Opener) -> None:
    model.reply_with(ANSWER, tokens_per_second=100)
    tab = await open_tab(ana, "general", HTML)

    await tab.say("@helper count")
    await tab.until("control", action="end")

    blocks: dict[str, str] = {}
    for frame in tab.seen:
        for name, index, inner in re.findall(
            r'<reply-(\w+) index="(\d+)"[^>]*>(.*?)</reply-\1>', frame.get("html", ""), re.DOTALL
        ):
            blocks[index] = inner if name == "block" else blocks.get(index, "") + inner
    shown = re.sub(r"<[^>]+>|\s|[*`-]", "", unescape("".join(blocks[key] for key in sorted(blocks))))
    assert shown == re.sub(r"\s", "", "One,two,three:abpythonprint(1)thatisall.")
    final = [frame for frame in tab.seen if frame["type"] == "message.updated"][-1]
    assert markup.render(ANSWER).html in final["html"]


async def test_whoever_joins_in_the_middle_sees_the_whole_reply(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    hold = model.hold("1 2 3", " 4 5")
    hers = await open_tab(ana, "general")
    reply = await ask(hers)
    await hers.until("token")
    while sum(len(frame.get("content", "")) for frame in hers.seen) < len("1 2 3"):
        await hers.until("token")

    late = await open_tab(ben, "general")
    start = await late.until("control", action="start")
    synced = await late.sync(0)
    hold.release()

    assert (start["message"], start["data"]["content"]) == (reply, "1 2 3")
    assert synced[-2]["data"] == start["data"]
    assert await late.reply_text(reply) == "1 2 3 4 5"


async def test_what_everybody_saw_is_there_for_a_page_without_a_socket(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    hold = model.hold("1 2 3", " 4")
    tab = await open_tab(ana, "general")
    reply = await ask(tab)

    await until(lambda: Message.objects.get(pk=reply).html == "<p>1 2 3</p>")
    row = await Message.objects.aget(pk=reply)
    assert (row.status, row.text) == ("streaming", "1 2 3")

    hold.release()
    await tab.reply_text(reply)


async def test_an_owner_of_the_room_may_stop_it_and_what_is_written_stays(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    model.hold("1 2 3")
    await Membership.objects.filter(user=ben).aupdate(role=Membership.Role.OWNER)
    hers, his = await open_tab(ana, "general"), await open_tab(ben, "general")
    reply = await ask(hers)
    await his.until("token")

    await his.send(type="reply.stop", id=reply)
    end = await hers.until("control", action="end")

    assert end["data"]["reason"] == "stopped"
    row = await Message.objects.select_related("reply__stopped_by").aget(pk=reply)
    assert row.status == "stopped"
    assert row.text.startswith("1")
    assert row.reply.stopped_by == ben
    assert await asyncio.to_thread(model.requests[0].was_abandoned.wait, 30)


async def test_another_member_may_not_stop_it(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    hold = model.hold("1")
    hers, his = await open_tab(ana, "general"), await open_tab(ben, "general")
    reply = await ask(hers)

    await his.send(type="reply.stop", id=reply)

    assert (await his.until("error"))["code"] == "forbidden"
    hold.release()
    assert await hers.reply_text(reply) == "1"


async def test_a_stranger_may_not_stop_it(ana: User, eve: User, helper: User, model: FakeLLM, open_tab: Opener) -> None:
    hold = model.hold("1")
    await sync_to_async(rooms.leave_room)(room=await Room.objects.aget(slug="general"), user=eve)
    hers, strangers = await open_tab(ana, "general"), await open_tab(eve, "general")
    reply = await ask(hers)

    await strangers.send(type="reply.stop", id=reply)

    assert (await strangers.until("error"))["code"] == "not_a_member"
    hold.release()
    await hers.reply_text(reply)


async def test_a_stop_that_nobody_heard_is_found_on_the_row(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RENEW_SECONDS", 0.1)
    model.hold("1 2")
    tab = await open_tab(ana, "general")
    reply = await ask(tab)
    await tab.until("token")

    await Reply.objects.aupdate(stopped_by=ana)

    assert (await tab.until("control", action="end", message=reply))["data"]["reason"] == "stopped"


async def test_retry_is_the_next_attempt_of_the_same_message(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    model.answer(fake_llm.error(401, "bad key sk-abcdefghijklmnop"), fake_llm.Script(fake_llm.stream_of("better")))
    tab = await open_tab(ana, "general")
    reply = await ask(tab)

    failed = await tab.until("control", action="error")
    assert failed["data"]["code"] == "auth"
    assert "sk-" not in str(failed)
    await tab.send(type="reply.retry", id=reply)

    assert (await tab.until("message.updated"))["message"]["status"] == "queued"
    assert (await tab.until("control", action="start"))["attempt"] == 2
    assert await tab.reply_text(reply) == "better"
    attempts = [(a.number, a.status, a.text) async for a in Attempt.objects.filter(reply__message=reply)]
    assert attempts == [(1, "failed", ""), (2, "complete", "better")]


async def test_a_failed_attempt_never_overwrites_a_good_one(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    model.answer(fake_llm.Script(fake_llm.stream_of("good")), fake_llm.error(401))
    tab = await open_tab(ana, "general")
    reply = await ask(tab)
    await tab.until("control", action="end")

    await tab.send(type="reply.retry", id=reply)
    await tab.until("control", action="error")

    row = await Message.objects.aget(pk=reply)
    assert (row.status, row.text) == ("failed", "good")


async def test_what_was_written_before_a_break_is_kept(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    model.answer(fake_llm.Script([*fake_llm.tokens_of("half of")], end="reset"))
    tab = await open_tab(ana, "general")
    reply = await ask(tab)

    failed = await tab.until("control", action="error")

    row = await Message.objects.select_related("reply__current").aget(pk=reply)
    assert (row.status, row.text) == ("failed", "half of")
    assert (failed["data"]["code"], failed["data"]["retryable"]) == ("network", True)
    assert failed["data"]["detail"] == row.reply.problem


async def test_retrying_what_still_runs_is_refused(ana: User, helper: User, model: FakeLLM, open_tab: Opener) -> None:
    hold = model.hold("1")
    tab = await open_tab(ana, "general")
    reply = await ask(tab)

    await tab.send(type="reply.retry", id=reply)

    assert (await tab.until("error"))["code"] == "still_running"
    hold.release()
    await tab.reply_text(reply)
    await tab.send(type="reply.stop", id=reply)
    assert (await tab.until("error"))["code"] == "not_running"


async def test_deleting_a_running_reply_ends_it(ana: User, helper: User, model: FakeLLM, open_tab: Opener) -> None:
    model.hold("secret")
    await User.objects.filter(pk=ana.pk).aupdate(is_staff=True)
    tab = await open_tab(await User.objects.aget(pk=ana.pk), "general")
    reply = await ask(tab)
    await tab.until("token")

    await tab.send(type="message.delete", id=reply)
    await tab.until("message.deleted")

    assert await asyncio.to_thread(model.requests[0].was_abandoned.wait, 30)
    row = await Message.objects.aget(pk=reply)
    assert (row.text, row.html, row.status) == ("", "", "stopped")
    assert not await Attempt.objects.exclude(text="").aexists()


async def test_the_model_hears_the_room_with_everybody_named(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    hers, his = await open_tab(ana, "general"), await open_tab(ben, "general")
    await his.say("the tide is at six")
    await hers.until("message.created")

    reply = await ask(hers, "@helper when is the tide?")
    await hers.reply_text(reply)
    later = await open_tab(ben, "general")
    await later.reply_text(await ask(later, "@helper and tomorrow?"))

    first, then = [request.json["messages"][1:] for request in model.requests]
    assert first == [{"role": "user", "content": "ben: the tide is at six\n\nana: @helper when is the tide?"}]
    assert then == [
        *first,
        {"role": "assistant", "content": "1 2 3"},
        {"role": "user", "content": "ben: @helper and tomorrow?"},
    ]


async def test_in_a_direct_room_every_message_is_answered(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    room = await sync_to_async(rooms.direct_room)(by=ana, others=[helper])
    tab = await open_tab(ana, room.slug)

    reply = await ask(tab, "hello there")

    assert await tab.reply_text(reply) == "1 2 3"


async def test_an_answering_assistant_answers_every_message_of_its_room(
    ana: User, ben: User, helper: User, harbour: Room, open_tab: Opener
) -> None:
    assistant = await Assistant.objects.select_related("user").aget(user=helper)
    await sync_to_async(rooms.change_room)(room=harbour, by=ana, answering_assistant=assistant)
    tab = await open_tab(ben, harbour.slug)

    reply = await ask(tab, "nobody in particular")

    assert await tab.reply_text(reply) == "1 2 3"


async def test_unaddressed_it_is_silent(ana: User, helper: User, open_tab: Opener) -> None:
    tab = await open_tab(ana, "general")

    await tab.say("helper is a good name")
    await tab.until("message.created")

    await tab.silence(0.3)


async def test_assistants_do_not_answer_assistants(ana: User, helper: User, model: FakeLLM, open_tab: Opener) -> None:
    model.reply_with("@helper are you there?")
    tab = await open_tab(ana, "general")

    await tab.reply_text(await ask(tab))
    await tab.silence(0.3)

    assert len(model.requests) == 1


async def test_an_assistant_whose_lease_ran_out_is_taken_over(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    general = await Room.objects.aget(slug="general")
    await sync_to_async(messages.post_message)(room=general, author=ana, text="@helper count")
    (lost,) = await sync_to_async(ledger.claim)("elsewhere:1:dead", 10)
    await Reply.objects.aupdate(lease_expires_at=ledger.LONG_AGO)

    tab = await open_tab(ana, "general")
    await tab.until("control", action="start", attempt=lost.attempt + 1)

    assert await tab.reply_text(lost.message_id) == "1 2 3"
    with pytest.raises(ledger.LeaseLost):
        await sync_to_async(ledger.checkpoint)(
            lost, text="stale", html="stale", sequence=1, model="", first_token_at=None
        )
    with pytest.raises(ledger.LeaseLost):
        await sync_to_async(ledger.finish)(lost, ledger.Outcome(status="complete", reason="stop", text="stale"))
    assert (await Message.objects.aget(pk=lost.message_id)).text == "1 2 3"


async def test_after_two_take_overs_it_ends_as_interrupted(ana: User, helper: User, open_tab: Opener) -> None:
    general = await Room.objects.aget(slug="general")
    await sync_to_async(messages.post_message)(room=general, author=ana, text="@helper count")
    for life in range(3):
        (lost,) = await sync_to_async(ledger.claim)(f"elsewhere:{life}:dead", 10)
        await Reply.objects.aupdate(lease_expires_at=ledger.LONG_AGO)

    tab = await open_tab(ana, "general")
    updated = await tab.until("message.updated")

    assert updated["message"]["status"] == "interrupted"
    assert (await tab.until("control", action="end"))["data"]["reason"] == "interrupted"
    assert lost.attempt == 3


async def test_a_worker_told_to_stop_hands_its_replies_on(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    model.hold("1 2")
    tab = await open_tab(ana, "general")
    reply = await ask(tab)
    await tab.until("token")

    await worker.stop_workers()
    row = await Reply.objects.aget(message=reply)
    assert (row.is_open, row.lease_owner, row.takeovers) == (True, "", 0)

    model.reply_with("1 2 3 4")
    worker.ensure_worker()
    assert (await tab.until("control", action="start"))["attempt"] == 2
    assert await tab.reply_text(reply) == "1 2 3 4"


async def test_where_others_write_replies_the_web_leaves_them_alone(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, settings: LazySettings
) -> None:
    settings.REPLIES_IN_WEB = False
    tab = await open_tab(ana, "general")

    await ask(tab)
    await tab.silence(0.4)

    assert model.requests == []


async def test_frames_of_one_reply_come_at_most_every_fifty_milliseconds(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    text = " ".join(str(number) for number in range(400))
    model.reply_with(text)
    tab = await open_tab(ana, "general")

    reply = await ask(tab)

    assert await tab.reply_text(reply) == text
    tokens = [frame for frame in tab.seen if frame["type"] == "token"]
    assert [frame["sequence"] for frame in tokens] == list(range(1, len(tokens) + 1))
    assert len(tokens) < 100


async def until(condition: object) -> None:
    """Ask the database until it says yes."""
    for _ in range(200):
        if await sync_to_async(condition)():  # type: ignore[call-overload]
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come")


async def test_a_model_that_takes_its_words_back_is_shown_anew(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    hold = fake_llm.Hold()
    thought = [*fake_llm.tokens_of("so they want a number"), hold.event, fake_llm.chunk(content="\n</think>\n\n")]
    model.answer(fake_llm.Script([*thought, *fake_llm.tokens_of("1 2 3"), *fake_llm.ending()]))
    hers = await open_tab(ana, "general")
    reply = await ask(hers)
    await hers.until("token")
    late = await open_tab(ben, "general")
    await late.until("control", action="start")
    hold.release()

    texts = [await hers.reply_text(reply), await late.reply_text(reply)]

    assert (await Message.objects.aget(pk=reply)).text == "1 2 3"
    assert texts == ["1 2 3", "1 2 3"]
    assert [thoughts_of(tab.seen).strip() for tab in (hers, late)] == ["so they want a number"] * 2


async def test_a_reply_that_was_stopped_goes_on_and_its_tokens_are_the_whole_text(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    hold = model.hold("Beans climb. Peas climb")
    tab = await open_tab(ana, "general")
    reply = await ask(tab)
    await tab.until("token")
    await tab.send(type="reply.stop", id=reply)
    await tab.until("control", action="end")
    hold.release()
    before = (await Message.objects.aget(pk=reply)).text
    hold = model.hold("Peas climb too.", " Both want poles.")
    await tab.send(type="reply.continue", id=reply)
    await asyncio.to_thread(model.wait_for_request, 2)
    late = await open_tab(ben, "general")
    hold.release()

    texts = [await tab.reply_text(reply), await late.reply_text(reply)]

    message = await Message.objects.aget(pk=reply)
    assert message.text.startswith(before)
    assert texts == [message.text] * 2 == ["Beans climb. Peas climb too. Both want poles."] * 2
    attempts = [attempt async for attempt in Attempt.objects.order_by("number")]
    assert [(one.goes_on, one.text) for one in attempts] == [(False, before), (True, message.text)]


def thoughts_of(frames: list[Frame]) -> str:
    """As a client puts them together."""
    text = ""
    is_anew = True
    for frame in frames:
        if frame.get("action") == "start":
            is_anew = True
        elif frame["type"] == "reasoning":
            text = frame["content"] if is_anew else text + frame["content"]
            is_anew = False
    return text


async def test_thoughts_are_seen_as_they_come_and_are_no_part_of_the_text(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    hold, end = fake_llm.Hold(), fake_llm.Hold()
    first, then = fake_llm.chunk(reasoning_content="First <this>, "), fake_llm.chunk(reasoning_content="then that.")
    model.answer(fake_llm.Script([first, hold.event, then, *fake_llm.tokens_of("So"), end.event, *fake_llm.ending()]))
    hers, page = await open_tab(ana, "general"), await open_tab(ana, "general", HTML)
    await ask(hers)
    await hers.until("reasoning")
    late, late_page = await open_tab(ben, "general"), await open_tab(ben, "general", HTML)
    await late.until("reasoning")
    hold.release()
    await hers.until("token")
    later, later_page = await open_tab(ben, "general"), await open_tab(ben, "general", HTML)
    await later.until("reasoning")
    end.release()

    for tab in (hers, page, late, late_page, later, later_page):
        await tab.until("control", action="end")

    whole = "First <this>, then that."
    assert [thoughts_of(tab.seen) for tab in (hers, late, later)] == [whole] * 3
    shown = [[frame["html"] for frame in tab.seen if frame["type"] == "reasoning"] for tab in (page, late_page)]
    assert all("<details" in first and "First &lt;this&gt;, </div>" in first for first, _ in shown)
    assert all(more.endswith(">then that.</chat-frame>") for _, more in shown)
    (folded,) = [frame["html"] for frame in later_page.seen if frame["type"] == "reasoning"]
    assert "First &lt;this&gt;, then that.</div>" in folded
    attempt = await Attempt.objects.select_related("reply__message").aget()
    assert (attempt.text, attempt.reasoning, attempt.reply.message.text) == ("So", whole, "So")
    assert attempt.first_reasoning_at is not None
    assert attempt.first_token_at is not None
    assert attempt.first_reasoning_at < attempt.first_token_at


async def test_thoughts_are_kept_with_each_checkpoint_and_told_to_no_model_again(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    hold = fake_llm.Hold()
    model.answer(
        fake_llm.Script([fake_llm.chunk(reasoning_content="Secretly."), hold.event, *fake_llm.stream_of("So.")]),
        fake_llm.Script(fake_llm.stream_of("Again.")),
    )
    tab = await open_tab(ana, "general")
    reply = await ask(tab)
    await until(Attempt.objects.filter(reasoning="Secretly.", status="streaming").exists)
    hold.release()
    await tab.reply_text(reply)

    await ask(tab, "@helper and again")
    again = await asyncio.to_thread(model.wait_for_request, 2)

    assert b"So." in again.body
    assert b"Secretly" not in again.body


async def test_another_assistant_of_the_room_is_asked_instead(
    ana: User, general: Room, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    await sync_to_async(make_assistant)("baker", general)
    tab = await open_tab(ana, "general")
    reply = await ask(tab)
    await tab.reply_text(reply)

    await tab.send(type="reply.retry", id=reply, assistant="baker")
    await tab.until("control", action="end", attempt=2)

    newest = await Attempt.objects.select_related("answered_by__user").aget(number=2)
    assert (newest.answered_by and newest.answered_by.slug, newest.model) == ("baker", "demo")
    assert len(model.requests) == 1


async def test_an_assistant_without_a_provider_says_so_at_once(ana: User, helper: User, open_tab: Opener) -> None:
    await Assistant.objects.aupdate(provider="gone")
    tab = await open_tab(ana, "general")

    reply = await ask(tab)

    assert (await tab.until("control", action="error", message=reply))["data"]["code"] == "config"
    assert not await Reply.objects.filter(is_open=True).aexists()
