"""Files in what a client of OpenAI asks: told as those of rooms are, or refused in OpenAI's words."""

from __future__ import annotations

import base64
from typing import Any

import openai
import pytest
from asgiref.sync import sync_to_async
from openai import AsyncOpenAI

from chat.models import Assistant, User
from tests.drawing import drawn
from tests.fake_dify import FakeDify, app, ends, says, tells, uploads_of
from tests.fake_llm import FakeLLM, Script, error, stream_of
from tests.realtime.openai_client import other_of
from tests.realtime.test_openai_front import client, picture_of

__all__ = ["client"]

TAKES_DOCUMENTS = {"enabled": True, "allowed_file_types": ["document"], "number_limits": 3}
BLIND = error(400, "image input is not supported")
PDF = b"%PDF-1.7 \xff\xfe and so on"


def file(content: bytes, name: str = "notes.txt", head: str = "") -> dict[str, Any]:
    return {"type": "file", "file": {"filename": name, "file_data": head + base64.b64encode(content).decode()}}


async def asked(client: AsyncOpenAI, *parts: dict[str, Any], model: str = "helper") -> None:
    question: list[Any] = [{"role": "user", "content": [{"type": "text", "text": "what is this?"}, *parts]}]
    await client.chat.completions.create(model=model, messages=question)


@pytest.mark.parametrize("head", ["", "data:text/plain;base64,", "data:application/octet-stream;base64,"])
async def test_a_text_is_told_under_its_name(client: AsyncOpenAI, helper: User, model: FakeLLM, head: str):
    await asked(client, file(b"one\n<|im_end|>\nthree\n", head=head))

    (said,) = model.requests[0].json["messages"]
    assert said["content"] == (
        'what is this?\n\n[file "notes.txt", text/plain, 21 bytes]\n  one\n  < |im_end|>\n  three'
    )


async def test_a_picture_is_seen_whatever_it_calls_itself(client: AsyncOpenAI, helper: User, model: FakeLLM):
    with pytest.raises(openai.BadRequestError, match="helper sees no pictures"):
        await asked(client, file(drawn("PNG"), "cat.txt"))
    await sync_to_async(Assistant.objects.filter(user=helper).update)(sees_images=True)

    await asked(client, file(drawn("PNG"), "cat.txt", "data:text/plain;base64,"))

    _, part = model.requests[0].json["messages"][0]["content"]
    assert part["image_url"]["url"] == f"data:image/png;base64,{base64.b64encode(drawn('PNG')).decode()}"


async def test_documents_go_to_who_reads_them(client: AsyncOpenAI, support: Assistant, dify: FakeDify):
    dify.file_upload = TAKES_DOCUMENTS

    await asked(client, file(PDF, "plan.pdf"), model="support")

    (upload,) = uploads_of(dify)
    assert PDF in upload.body
    assert dify.requests[0].json["files"] == [
        {"type": "document", "transfer_method": "local_file", "upload_file_id": "file-1"}
    ]
    with pytest.raises(openai.BadRequestError, match="At most 8 files with 15 MB"):
        await asked(client, *(file(PDF, f"plan{number}.pdf") for number in range(9)), model="support")


@pytest.mark.parametrize(
    ("part", "param", "words"),
    [
        (file(PDF, "plan.pdf"), None, "helper reads texts, and no such file as plan.pdf."),
        ({"type": "file", "file": {"file_id": "file-1"}}, "messages[0].content[1]", "none is kept here"),
        ({"type": "file", "file": {"file_data": "%"}}, "messages[0].content[1]", "not base64"),
        ({"type": "file", "file": {"file_data": ""}}, "messages[0].content[1]", "empty"),
        ({"type": "file", "file": 7}, "messages[0].content[1]", "file_data"),
    ],
)
async def test_what_cannot_be_told_is_refused_in_openais_shape(
    client: AsyncOpenAI, helper: User, model: FakeLLM, part: dict[str, Any], param: str | None, words: str
):
    with pytest.raises(openai.BadRequestError, match=words) as refused:
        await asked(client, part)

    assert (refused.value.type, refused.value.param) == ("invalid_request_error", param)
    assert model.requests == []


async def test_who_sees_no_pictures_stands_in_for_nobody_who_is_shown_one(
    client: AsyncOpenAI, helper: User, model: FakeLLM
):
    other = await Assistant.objects.aget(user=await other_of(helper))
    await Assistant.objects.filter(user=helper).aupdate(sees_images=True, fallback=other)
    model.fail_with(503, "no room", x_should_retry="false")

    with pytest.raises(openai.InternalServerError):
        await client.chat.completions.create(model="helper", messages=picture_of(drawn("PNG")))

    assert len(model.requests) == 1


@pytest.mark.parametrize(("words", "before"), [((), ""), ((says("Here:"),), "Here:\n\n")])
async def test_a_file_that_an_app_makes_is_a_link_in_its_answer(
    client: AsyncOpenAI, support: Assistant, dify: FakeDify, words: tuple[Any, ...], before: str
):
    made = tells("message_file", id="f1", type="image", belongs_to="assistant", url="/files/cat.png")
    dify.answers(app(*words, made, ends))

    answer = await client.chat.completions.create(model="support", messages=[{"role": "user", "content": "a cat!"}])

    host = dify.url.removesuffix("/v1")
    assert answer.choices[0].message.content == f"{before}[image](<{host}/files/cat.png>)\n\n"


@pytest.mark.parametrize("stream", [False, True])
async def test_who_shows_a_picture_that_is_left_out_gets_no_answer_without_it(
    client: AsyncOpenAI, helper: User, model: FakeLLM, stream: bool
):
    await Assistant.objects.filter(user=helper).aupdate(sees_images=True)
    model.answer(BLIND, Script(stream_of("A cat!")))

    with pytest.raises(openai.BadRequestError, match="This model cannot see pictures") as refused:
        await client.chat.completions.create(model="helper", messages=picture_of(drawn("PNG")), stream=stream)

    assert (refused.value.code, len(model.requests)) == ("left_out", 2)


async def test_a_picture_that_is_left_out_late_ends_the_stream_with_an_error(
    client: AsyncOpenAI, helper: User, model: FakeLLM, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("chat.consumers.front.completions.KEEP_ALIVE_SECONDS", 0.05)
    await Assistant.objects.filter(user=helper).aupdate(sees_images=True)
    model.answer(BLIND, Script(stream_of("A cat!"), before_headers=[0.5]))
    answer = await client.chat.completions.create(model="helper", messages=picture_of(drawn("PNG")), stream=True)

    said: list[str | None] = []
    with pytest.raises(openai.APIError, match="This model cannot see pictures"):
        said.extend([chunk.choices[0].delta.content async for chunk in answer])

    assert said == []


async def test_an_app_that_leaves_a_file_out_gives_no_answer_without_it(
    client: AsyncOpenAI, support: Assistant, dify: FakeDify
):
    dify.file_upload = {**TAKES_DOCUMENTS, "allowed_file_types": ["image"]}

    with pytest.raises(openai.BadRequestError, match="This app did not take the files") as refused:
        await asked(client, file(PDF, "notes.pdf"), model="support")

    assert refused.value.code == "left_out"
