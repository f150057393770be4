"""What goes to an app beside the words, and what it does not take."""

from __future__ import annotations

import re

import pytest

from chat.providers import (
    ChatRequest,
    Conversation,
    Document,
    Failed,
    FailureKind,
    Notice,
    Picture,
    ProviderEvent,
    Turn,
)
from chat.providers.left_out import UNREAD, UNSEEN
from tests.fake_dify import FakeDify, chatbot, paths_of, refusal, uploads_of
from tests.fake_llm import Recorded, Script
from tests.providers.asking import ask_app, text_of

PICTURE = Picture("image/png", b"\x89PNG\r\n1")
PLAN = Document("Plan für morgen.pdf", "application/pdf", b"%PDF-1.4\r\n\x00\xff")
WHAT = ChatRequest(turns=(Turn("user", "ana: what?", (PICTURE,)),), model="")
BOTH = ChatRequest(turns=(Turn("user", "ana: what?", (PICTURE,), (PLAN,)),), model="")


def notices(events: list[ProviderEvent]) -> list[str]:
    return [event.words for event in events if isinstance(event, Notice)]


def name_in(upload: Recorded) -> str:
    return re.findall(r'name="file"; filename="([^"]+)"', upload.body.decode("utf-8", "replace"))[0]


async def test_pictures_are_uploaded_first_and_once(dify: FakeDify) -> None:
    dify.answers(refusal(500, "internal_server_error"), chatbot("a cat"))
    request = ChatRequest(
        turns=(Turn("user", "ana: what?", (PICTURE,)),), model="", conversation=Conversation("room-7")
    )

    events = await ask_app(dify, request)

    assert (text_of(events), dify.files) == ("a cat", {"file-1": ("room-7", "image/png")})
    assert paths_of(dify.calls) == ["/parameters", "/files/upload"]
    assert PICTURE.content in dify.calls[1].body
    sent = [{"type": "image", "transfer_method": "local_file", "upload_file_id": "file-1"}]
    assert [request.json["files"] for request in dify.requests] == [sent, sent]


@pytest.mark.parametrize(
    "refused",
    [refusal(413, "file_too_large", ""), refusal(415, "unsupported_file_type"), refusal(400, "too_many_files")],
)
async def test_what_cannot_be_uploaded_stays_behind_and_people_are_told(dify: FakeDify, refused: object) -> None:
    dify.uploading = refused  # type: ignore[assignment]

    events = await ask_app(dify, WHAT)

    assert (text_of(events), dify.requests[0].json["files"]) == ("1 2 3", [])
    assert Notice("This app did not take the pictures, so it was asked without them.") in events


async def test_an_app_that_takes_no_pictures_is_asked_without_them(dify: FakeDify) -> None:
    dify.answers(refusal(400, "invalid_param", "File upload is not enabled for this app"), chatbot("hi"))

    events = await ask_app(dify, WHAT)

    assert (text_of(events), [len(request.json["files"]) for request in dify.requests]) == ("hi", [1, 0])


async def test_documents_go_along_under_their_names_byte_by_byte(dify: FakeDify) -> None:
    events = await ask_app(dify, BOTH)

    assert (text_of(events), notices(events)) == ("1 2 3", [])
    assert [name_in(upload) for upload in uploads_of(dify)] == ["picture.png", PLAN.name]
    assert b"\r\n\r\n" + PLAN.content + b"\r\n--" in uploads_of(dify)[1].body
    assert [sent["type"] for sent in dify.requests[0].json["files"]] == ["image", "document"]
    assert dify.requests[0].json["query"] == "ana: what?"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.PDF", "document"),
        ("a.csv", "document"),
        ("a.mp3", "audio"),
        ("a.webm", "video"),
        ("a.tar.gz", "custom"),
        ("a", "custom"),
    ],
)
async def test_a_file_is_called_what_an_app_calls_it(dify: FakeDify, name: str, kind: str) -> None:
    file = Document(name, "application/octet-stream", b"x")

    await ask_app(dify, ChatRequest(turns=(Turn("user", "what?", documents=(file,)),), model=""))

    assert [sent["type"] for sent in dify.requests[0].json["files"]] == [kind]


@pytest.mark.parametrize(
    "refused",
    [
        refusal(413, "file_too_large", ""),
        refusal(415, "unsupported_file_type"),
        Script([b"<html>too large</html>"], status=413, content_type="text/html"),
    ],
)
async def test_one_file_that_is_not_taken_leaves_the_others_alone(dify: FakeDify, refused: Script) -> None:
    dify.refused = {"application/pdf": refused}

    events = await ask_app(dify, BOTH)

    assert text_of(events) == "1 2 3"
    assert notices(events) == ["This app did not take some of the files, so it was asked without them."]
    assert [sent["type"] for sent in dify.requests[0].json["files"]] == ["image"]
    assert dify.requests[0].json["query"] == f"ana: what?\n\n{UNREAD.format(PLAN.name)}"


async def test_who_is_asked_without_files_is_told_that_there_were_some(dify: FakeDify) -> None:
    dify.answers(refusal(400, "invalid_param", "Number of files exceeds the maximum limit 3"), chatbot("hi"))

    events = await ask_app(dify, BOTH)

    assert (text_of(events), len(uploads_of(dify))) == ("hi", 2)
    assert notices(events) == ["This app did not take the files, so it was asked without them."]
    assert dify.requests[1].json["query"] == f"ana: what?\n\n{UNSEEN}\n\n{UNREAD.format(PLAN.name)}"


async def test_who_refuses_without_files_too_has_failed(dify: FakeDify) -> None:
    dify.answers(refusal(400, "invalid_param", "This file is nothing for me"))

    events = await ask_app(dify, BOTH)

    assert len(dify.requests) == 2
    assert isinstance(events[-1], Failed)
    assert (events[-1].kind, notices(events)) == (FailureKind.CONFIG, [])


async def test_only_the_files_of_what_is_news_go_to_an_app_that_knows_the_rest(dify: FakeDify) -> None:
    dify.conversations["c-1"] = "room-7"
    old, new = Turn("user", "ana: look", (PICTURE,)), Turn("user", "ana: and this?", documents=(PLAN,))
    request = ChatRequest(turns=(old, new), model="", conversation=Conversation("room-7", "c-1", (new,)))

    await ask_app(dify, request)

    assert [name_in(upload) for upload in uploads_of(dify)] == [PLAN.name]


NEWER = {"enabled": True, "allowed_file_types": ["image", "document"], "number_limits": 3}
OLDER = {"image": {"enabled": True, "number_limits": 3, "transfer_methods": ["local_file"]}}


@pytest.mark.parametrize(
    ("upload", "kinds"),
    [
        ({}, ["image", "document"]),  # it says nothing: it may well take them
        (NEWER, ["image", "document"]),
        ({**NEWER, "number_limits": 1}, ["document"]),  # the newest
        ({**NEWER, "allowed_file_types": ["image"]}, ["image"]),
        ({**NEWER, "allowed_file_types": ["custom"], "allowed_file_extensions": [".PDF"]}, ["document"]),
        ({**NEWER, "enabled": False}, []),
        (OLDER, ["image"]),
        ({"image": {"enabled": False}}, []),
        ({"enabled": "yes", "allowed_file_types": "all", "number_limits": "3"}, []),
    ],
)
async def test_an_app_is_given_what_it_says_it_takes(
    dify: FakeDify, upload: dict[str, object], kinds: list[str]
) -> None:
    dify.file_upload = upload

    events = await ask_app(dify, BOTH)

    assert [sent["type"] for sent in dify.requests[0].json["files"]] == kinds
    assert len(uploads_of(dify)) == len(kinds)
    assert len(notices(events)) == (len(kinds) < 2)


async def test_an_app_is_asked_what_it_takes_once_and_only_if_there_is_something(dify: FakeDify) -> None:
    await ask_app(dify)
    assert dify.calls == []

    await ask_app(dify, WHAT)
    await ask_app(dify, WHAT)

    assert paths_of(dify.calls).count("/parameters") == 1
    assert dify.calls[0].path == "/v1/parameters?user=chat"
