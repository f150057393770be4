"""Files of a room on their way to a model, byte by byte, and what the room is told where a model does not take them."""

from __future__ import annotations

import base64
from functools import partial
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from chat.models import Assistant, Attachment, Message, Room, User
from chat.providers.left_out import UNREAD, UNSEEN
from chat.services import assistants
from chat.services.messages import post_message
from tests.drawing import drawn
from tests.fake_dify import FakeDify, app, ends, refusal, says, tells, uploads_of
from tests.fake_llm import FakeLLM, Script, error, stream_of
from tests.realtime.conftest import Opener
from tests.realtime.tabs import Tab

PDF = b"%PDF-1.4\r\n\x00\xff"


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


async def see(helper: User) -> None:
    await sync_to_async(assistants.save_assistant)(slug=helper.username, sees_images=True)


async def answered(tab: Tab, by: User, text: str, **files: bytes) -> str:
    """The whole of the reply to a message with these files."""
    room = await Room.objects.aget(slug="general")
    uploads = [SimpleUploadedFile(name.replace("_", "."), content) for name, content in files.items()]
    await sync_to_async(partial(post_message, room=room, author=by, text=text, files=uploads))()
    frame = await tab.until("control", action="end")
    return (await Message.objects.aget(pk=frame["message"])).text


@sync_to_async
def stored(name: str) -> bytes:
    return Path(Attachment.objects.get(name=name).file.path).read_bytes()


async def test_a_model_gets_the_very_bytes_of_a_picture_and_the_words_of_a_text(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    await see(helper)
    tab = await open_tab(ana, "general")

    answer = await answered(tab, ana, "@helper what?", cat_png=drawn("PNG"), names_csv=b"name,age\nben: 3")

    text, picture = model.requests[0].json["messages"][1]["content"]
    assert (answer, text["type"], picture["type"]) == ("1 2 3", "text", "image_url")
    kept = await stored("cat.png")
    assert picture["image_url"]["url"] == f"data:image/png;base64,{base64.b64encode(kept).decode()}"
    assert text["text"] == (
        f'ana: @helper what?\n  [picture 1: "cat.png", 40 × 30 pixels, {len(kept)} bytes]\n'
        '  [file "names.csv", text/plain, 15 bytes]\n    name,age\n    ben: 3'
    )


@pytest.mark.parametrize(
    "refused",
    [
        error(400, "Invalid content type. image_url is only supported by certain models."),
        error(500, "image input is not supported - hint: you may need to provide the mmproj"),
    ],
)
async def test_a_blind_model_is_asked_without_pictures_and_the_room_is_told(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, refused: Script
) -> None:
    await see(helper)
    model.answer(refused, Script(stream_of("a cat?")))
    tab = await open_tab(ana, "general")

    answer = await answered(tab, ana, "@helper what?", cat_png=drawn("PNG"))

    assert answer == "*This model cannot see pictures, so it was asked without them.*\n\na cat?"
    assert model.requests[1].json["messages"][1]["content"].endswith(UNSEEN)
    assert len(model.requests) == 2


async def test_who_sees_no_pictures_is_only_told_of_them(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    answer = await answered(await open_tab(ana, "general"), ana, "@helper what?", cat_png=drawn("PNG"))

    assert answer == "1 2 3"
    assert model.requests[0].json["messages"][1]["content"].endswith("bytes: you cannot see it]")


async def test_a_file_that_makes_a_question_too_long_is_cut_to_half(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    model.answer(error(400, "too long", code="context_length_exceeded"), Script(stream_of("1 2 3")))
    log = "\n".join(f"line {number} of a log" for number in range(5_000)).encode()

    answer = await answered(await open_tab(ana, "general"), ana, "@helper what?", app_log=log)

    first, second = (request.json["messages"][1]["content"] for request in model.requests)
    assert answer == "1 2 3"
    assert 0.3 < len(second) / len(first) < 0.7
    for told in (first, second):
        assert told.startswith("ana: @helper what?\n  [file ")
        assert "characters are left out here]" in told
        assert told.endswith("line 4999 of a log")


async def test_an_app_gets_the_very_bytes_of_files(
    ana: User, support: Assistant, dify: FakeDify, open_tab: Opener
) -> None:
    tab = await open_tab(ana, "general")

    answer = await answered(tab, ana, "@support what?", cat_png=drawn("PNG"), plan_pdf=PDF)

    picture, plan = uploads_of(dify)
    assert answer == "1 2 3"
    assert b"\r\n\r\n" + await stored("cat.png") + b"\r\n--" in picture.body
    assert b"\r\n\r\n" + PDF + b"\r\n--" in plan.body
    assert [file["type"] for file in dify.requests[0].json["files"]] == ["image", "document"]


@pytest.mark.parametrize("refused", [refusal(413, "file_too_large", ""), refusal(415, "unsupported_file_type")])
async def test_where_an_app_does_not_take_a_file_room_and_app_are_told(
    ana: User, support: Assistant, dify: FakeDify, open_tab: Opener, refused: Script
) -> None:
    dify.uploading = refused

    answer = await answered(await open_tab(ana, "general"), ana, "@support what?", plan_pdf=PDF)

    assert answer == "*This app did not take the files, so it was asked without them.*\n\n1 2 3"
    assert dify.requests[0].json["query"].endswith(UNREAD.format("plan.pdf"))


async def test_what_an_app_makes_is_a_link_in_its_answer(
    ana: User, support: Assistant, dify: FakeDify, open_tab: Opener
) -> None:
    made = tells("message_file", id="f-1", type="image", belongs_to="assistant", url="/files/f-1/cat.png?sign=x")
    dify.answers(app(says("Here:"), made, ends))

    answer = await answered(await open_tab(ana, "general"), ana, "@support draw a cat")

    assert answer.rstrip() == f"Here:\n\n[image](<{dify.url.removesuffix('/v1')}/files/f-1/cat.png?sign=x>)"
