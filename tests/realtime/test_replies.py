from __future__ import annotations

import asyncio
import re
import time
from html import unescape

import pytest
from asgiref.sync import sync_to_async

from chat import markup
from chat.models import Assistant, Message, Reply, Room, User
from chat.replies import naming
from chat.replies import start as starting
from chat.services import rooms
from tests import fake_llm
from tests.fake_llm import FakeLLM
from tests.realtime.conftest import Opener
from tests.realtime.tabs import HTML, ask, thoughts_of
from tests.waiting import until_stored

ANSWER = "One, **two**, three:\n\n- a\n- b\n\n```python\nprint(1)\n```\n\nthat is all."


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

    await until_stored(lambda: Message.objects.get(pk=reply).html == "<p>1 2 3</p>")
    row = await Message.objects.aget(pk=reply)
    assert (row.status, row.text) == ("streaming", "1 2 3")

    hold.release()
    await tab.reply_text(reply)


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


async def test_an_assistant_without_a_provider_says_so_at_once(ana: User, helper: User, open_tab: Opener) -> None:
    await Assistant.objects.aupdate(provider="gone")
    tab = await open_tab(ana, "general")

    reply = await ask(tab)

    assert (await tab.until("control", action="error", message=reply))["data"]["code"] == "config"
    assert not await Reply.objects.filter(is_open=True).aexists()


@pytest.mark.parametrize("is_stopped", [False, True])
async def test_its_beginning_is_told_before_the_first_word_and_before_the_end(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch, is_stopped: bool
) -> None:
    monkeypatch.setattr(starting, "ASKING_SECONDS", 600)
    hold = model.hold("", "one two")
    tab = await open_tab(ana, "general")
    reply = await ask(tab)
    await asyncio.to_thread(model.wait_for_request)

    if is_stopped:
        await tab.send(type="reply.stop", id=reply)
    else:
        hold.release()
    await tab.until("control", action="end")

    controls = [frame["action"] for frame in tab.seen if frame["type"] == "control"]
    assert controls == ["start", "end"]
    kinds = [frame["type"] for frame in tab.seen]
    assert is_stopped or kinds.index("control") < kinds.index("token")


async def test_who_is_named_links_from_the_first_word_however_late_it_is_known_who_is_here(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = naming.people_in

    def find_slowly(room: int) -> dict[str, markup.Mentioned]:
        time.sleep(0.3)
        return find(room)

    monkeypatch.setattr(naming, "people_in", find_slowly)
    model.reply_with("@ben, look", tokens_per_second=100)
    tab = await open_tab(ana, "general", HTML)

    await tab.say("@helper who?")
    await tab.until("control", action="end")

    written = [frame["html"] for frame in tab.seen if "<reply-block" in frame.get("html", "")]
    linked = markup.render("@ben", {"ben": markup.Mentioned(ben.pk, "ben", is_assistant=False)}).html
    assert re.search(r"<a [^>]*>@ben</a>", linked)[0] in written[0]  # type: ignore[index]


async def test_a_reply_ends_also_if_nobody_finds_out_who_is_here(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(room: int) -> dict[str, markup.Mentioned]:
        raise RuntimeError("of our own")

    monkeypatch.setattr(naming, "people_in", fail)
    tab = await open_tab(ana, "general")

    reply = await ask(tab)

    assert (await tab.until("control", action="error", message=reply))["data"]["code"] == "internal"
    assert not await Reply.objects.filter(is_open=True).aexists()
