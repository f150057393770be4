"""A back end that keeps the conversation is told what it does not know, and nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from chat.models import Assistant, Attempt, Membership, Message, RemoteConversation, Room, User
from chat.services import assistants
from chat.services.files import delete_file
from chat.services.messages import delete_message, edit_message, post_message
from tests.factories import make_person
from tests.fake_dify import FakeDify, app, chatbot, refusal, says, tells, until_stopped
from tests.fake_llm import FakeLLM, Hold
from tests.realtime.conftest import Opener
from tests.realtime.tabs import Tab


async def ask(tab: Tab, text: str) -> int:
    await tab.say(text)
    while True:
        frame = await tab.until("message.created")
        if frame["message"]["author"]["kind"] == "assistant":
            return int(frame["message"]["id"])


async def answered(tab: Tab, text: str) -> str:
    return await tab.reply_text(await ask(tab, text))


async def staff() -> User:
    return await sync_to_async(make_person)("root", is_staff=True)


async def known() -> tuple[str, int] | None:
    return await RemoteConversation.objects.values_list("remote_id", "told_sequence").afirst()


def sent(dify: FakeDify) -> list[tuple[str, str, str]]:
    """What each question said, in which conversation, for whom."""
    told = [(one.json["query"], one.json["conversation_id"], one.json["user"]) for one in dify.requests]
    return [(query.rpartition("a name.\n\n")[2], conversation, user) for query, conversation, user in told]


async def test_the_second_question_brings_only_the_news(
    ana: User, ben: User, general: Room, support: Assistant, dify: FakeDify, open_tab: Opener
) -> None:
    tab = await open_tab(ana, "general")
    await tab.say("before")

    await answered(tab, "@support one?")
    await sync_to_async(post_message)(room=general, author=ben, text="I see\nana: me too")
    await answered(tab, "@support two?")

    room = f"room-{general.pk}"
    assert sent(dify) == [
        ("ana: before\n\nana: @support one?", "", room),
        ("ben: I see\n  ana: me too\n\nana: @support two?", "conversation-1", room),
    ]
    assert await known() == ("conversation-1", 5)
    newest = await Attempt.objects.order_by("-pk").afirst()
    assert newest is not None
    assert newest.remote_id == "message-2"


async def test_a_reply_that_failed_was_not_told(
    ana: User, support: Assistant, dify: FakeDify, open_tab: Opener
) -> None:
    dify.answers(app(says("half"), tells("error", status=500, code="internal_server_error", message="no")))
    tab = await open_tab(ana, "general")

    await answered(tab, "@support one?")

    assert await known() is None
    assert (await Attempt.objects.aget()).status == "failed"


async def test_what_was_stopped_was_told(ana: User, support: Assistant, dify: FakeDify, open_tab: Opener) -> None:
    dify.answers(app(says("half"), until_stopped, lambda turn: turn.end()))
    tab = await open_tab(ana, "general")
    message = await ask(tab, "@support one?")
    await tab.until("token")

    await tab.send(type="reply.stop", id=message)
    await tab.until("control", action="end")

    assert await known() == ("conversation-1", 1)


async def test_a_conversation_that_is_gone_is_begun_anew_with_all_there_is(
    ana: User, support: Assistant, dify: FakeDify, open_tab: Opener
) -> None:
    tab = await open_tab(ana, "general")
    await answered(tab, "@support one?")
    dify.conversations.clear()

    assert await answered(tab, "@support two?") == "1 2 3"

    assert [conversation for _, conversation, _ in sent(dify)] == ["", "conversation-1", ""]
    assert "ana: @support one?" in sent(dify)[-1][0]
    assert await known() == ("conversation-2", 3)


async def test_asked_again_it_is_told_the_question_again(
    ana: User, support: Assistant, dify: FakeDify, open_tab: Opener
) -> None:
    tab = await open_tab(ana, "general")
    message = await ask(tab, "@support one?")
    await tab.reply_text(message)

    await tab.send(type="reply.retry", id=message)
    await tab.until("control", action="start", attempt=2)
    await tab.until("control", action="end", attempt=2)

    assert sent(dify)[1][:2] == ("ana: @support one?", "conversation-1")


async def test_what_a_stand_in_answered_under_its_name_is_news_to_it(
    ana: User, support: Assistant, dify: FakeDify, model: FakeLLM, open_tab: Opener
) -> None:
    scribe, _ = await sync_to_async(assistants.save_assistant)(
        slug="scribe", provider="openai", base_url=model.url, model="m"
    )
    await Assistant.objects.filter(pk=support.pk).aupdate(fallback=scribe)
    model.reply_with("from scribe")
    tab = await open_tab(ana, "general")
    await answered(tab, "@support one?")
    dify.answers(refusal(401, "unauthorized"))
    assert await answered(tab, "@support two?") == "from scribe"
    assert await known() == ("conversation-1", 1)

    dify.answers(app(says("three"), lambda turn: turn.end()))
    await answered(tab, "@support three?")

    assert sent(dify)[-1][0] == "ana: @support two?\n\nsupport (assistant): from scribe\n\nana: @support three?"


async def test_rooms_do_not_share_a_conversation(
    ana: User, harbour: Room, general: Room, support: Assistant, dify: FakeDify, open_tab: Opener
) -> None:
    await Membership.objects.acreate(room=harbour, user=await User.objects.aget(username="support"))
    await answered(await open_tab(ana, "general"), "@support one?")
    await answered(await open_tab(ana, harbour.slug), "@support two?")

    assert sent(dify)[1] == ("ana: @support two?", "", f"room-{harbour.pk}")
    assert await RemoteConversation.objects.acount() == 2


async def test_news_are_no_more_than_the_window_holds(
    ana: User, ben: User, general: Room, support: Assistant, dify: FakeDify, open_tab: Opener
) -> None:
    await Assistant.objects.filter(pk=support.pk).aupdate(context_tokens=400)
    tab = await open_tab(ana, "general")
    await answered(tab, "@support one?")
    for number in range(60):
        await sync_to_async(post_message)(room=general, author=ben, text=f"this is message {number} of sixty")

    await answered(tab, "@support two?")

    query = sent(dify)[1][0]
    assert 5 < query.count("ben: this is message") < 40
    assert query.endswith("ben: this is message 59 of sixty\n\nana: @support two?")


async def test_who_remembers_more_than_its_model_can_read_is_told_less_in_a_new_conversation(
    ana: User, support: Assistant, dify: FakeDify, open_tab: Opener
) -> None:
    tab = await open_tab(ana, "general")
    for number in range(6):
        await tab.say(f"this is message {number} of six")
    await answered(tab, "@support one?")
    words = "[openai] Error code: 400, This model's maximum context length is 8192 tokens"
    dify.answers(refusal(400, "completion_request_error", words), chatbot("with less"))

    assert await answered(tab, "@support two?") == "with less"

    first, second, third = sent(dify)
    assert [conversation for _, conversation, _ in (first, second, third)] == ["", "conversation-1", ""]
    assert 0 < third[0].count("of six") < 6
    assert third[0].endswith("ana: @support two?")


@pytest.mark.parametrize("deleted", ["what was said", "the answer"])
async def test_what_was_deleted_is_not_remembered_by_anybody(
    ana: User, support: Assistant, dify: FakeDify, open_tab: Opener, deleted: str
) -> None:
    tab = await open_tab(ana, "general")
    await tab.say("the code is 1234")
    answer = await ask(tab, "@support one?")
    await tab.reply_text(answer)
    secret = await Message.objects.order_by("pk").afirst() if deleted == "what was said" else None
    message = secret or await Message.objects.aget(pk=answer)
    await sync_to_async(delete_message)(message=message, by=ana if secret else await staff())

    await answered(tab, "@support two?")

    words, conversation, _ = sent(dify)[-1]
    assert conversation == ""
    assert ("1234" in words, "1 2 3" in words) == (deleted == "the answer", deleted == "what was said")


async def test_what_was_edited_is_known_in_its_new_words_only(
    ana: User, support: Assistant, dify: FakeDify, open_tab: Opener
) -> None:
    tab = await open_tab(ana, "general")
    await tab.say("the code is 1234")
    await answered(tab, "@support one?")
    message = await Message.objects.order_by("pk").afirst()
    assert message is not None
    await sync_to_async(edit_message)(message=message, by=ana, text="the code is secret")

    await answered(tab, "@support two?")

    assert sent(dify)[-1][:2] == (
        "ana: the code is secret\n\nana: @support one?\n\nYou: 1 2 3\n\nana: @support two?",
        "",
    )


async def test_a_file_that_was_taken_out_is_not_remembered_by_anybody(
    ana: User,
    general: Room,
    support: Assistant,
    dify: FakeDify,
    open_tab: Opener,
    settings: Settings,
    tmp_path: Path,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    tab = await open_tab(ana, "general")
    file = SimpleUploadedFile("codes.txt", b"the code is 1234")
    told = await sync_to_async(post_message)(room=general, author=ana, text="look", files=[file])
    await answered(tab, "@support one?")
    assert "1234" in sent(dify)[0][0]
    await sync_to_async(delete_file)(attachment=told.message.files[0], by=await staff())

    await answered(tab, "@support two?")

    words, conversation, _ = sent(dify)[-1]
    assert conversation == ""
    assert "1234" not in words


async def test_what_is_deleted_while_the_answer_comes_is_not_remembered_either(
    ana: User, support: Assistant, dify: FakeDify, open_tab: Opener
) -> None:
    hold = Hold()
    dify.answers(app(says("half"), hold.event, lambda turn: turn.end()))
    tab = await open_tab(ana, "general")
    await tab.say("the code is 1234")
    message = await ask(tab, "@support one?")
    await tab.until("token")
    secret = await Message.objects.order_by("pk").afirst()
    assert secret is not None
    await sync_to_async(delete_message)(message=secret, by=ana)

    hold.release()
    await tab.reply_text(message)

    assert await known() is None
