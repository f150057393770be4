"""What is asked of whom: pictures, answers that were begun, reasoning models, and roles that are not known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chat.providers import Backend, ChatRequest, Done, Picture, Turn
from chat.providers.openai.messages import GO_ON
from chat.providers.openai.request import Asked
from tests.fake_llm import FakeLLM, Script, error, stream_of
from tests.providers.asking import HELLO, ask, text_of

GOOD = Script(stream_of("hi"))
PICTURE = Picture("image/png", b"\x89PNG")
LOOK = ChatRequest(turns=(Turn("user", "ana: look"), Turn("user", "ana: what is it?", (PICTURE,))), model="m")
BEGUN = ChatRequest(turns=(Turn("user", "ana: count"),), model="m", begun="one two ")


def body_of(request: ChatRequest, **options: Any) -> dict[str, Any]:
    return Asked(request, Backend(base_url="http://127.0.0.1:9/v1", **options)).body()


def test_pictures_go_along_as_data_after_the_words() -> None:
    assert body_of(LOOK)["messages"] == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "ana: look\n\nana: what is it?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
            ],
        }
    ]


def test_a_picture_without_words_is_a_turn_too() -> None:
    (message,) = body_of(ChatRequest(turns=(Turn("user", "", (PICTURE,)),), model="m"))["messages"]

    assert [part["type"] for part in message["content"]] == ["image_url"]


@pytest.mark.parametrize(
    ("body", "last", "keys"),
    [
        ({"prefill": "last"}, {"role": "assistant", "content": "one two"}, {}),
        ({"prefill": "prefix"}, {"role": "assistant", "content": "one two", "prefix": True}, {}),
        (
            {"prefill": "continue"},
            {"role": "assistant", "content": "one two"},
            {"continue_final_message": True, "add_generation_prompt": False},
        ),
        ({}, {"role": "user", "content": GO_ON}, {}),
        ({"prefill": "nonsense"}, {"role": "user", "content": GO_ON}, {}),
    ],
)
def test_an_answer_is_gone_on_with_as_the_back_end_can(
    body: dict[str, Any], last: dict[str, Any], keys: dict[str, Any]
) -> None:
    sent = body_of(BEGUN, body=body)

    assert sent["messages"][-1] == last
    assert {key: sent[key] for key in sent if key in ("continue_final_message", "add_generation_prompt")} == keys
    assert "prefill" not in sent


def test_a_model_that_is_asked_to_go_on_sees_what_it_said() -> None:
    assert [said["content"] for said in body_of(BEGUN)["messages"]] == ["ana: count", "one two ", GO_ON]


def test_without_a_beginning_nothing_is_said_of_one() -> None:
    sent = body_of(replace(BEGUN, begun=""), body={"prefill": "continue"})

    assert (len(sent["messages"]), "continue_final_message" in sent, "prefill" in sent) == (1, False, False)


@pytest.mark.parametrize(
    ("base_url", "is_able"),
    [
        ("https://api.mistral.ai/v1", True),
        ("https://api.deepseek.com/beta", True),
        ("https://api.deepseek.com", False),
        ("https://api.openai.com/v1", False),
        ("http://[", False),
    ],
)
def test_two_servers_are_known_to_go_on_by_their_address(base_url: str, is_able: bool) -> None:
    last: Any = Asked(BEGUN, Backend(base_url=base_url)).body()["messages"]

    assert last[-1].get("prefix", False) is is_able


async def test_only_what_comes_after_the_beginning_is_told_with_its_space(llm: FakeLLM) -> None:
    llm.answer(Script(stream_of(" three four")))

    assert text_of(await ask(llm, BEGUN, body={"prefill": "last"})) == " three four"


async def test_who_cannot_go_on_by_itself_is_asked_to(llm: FakeLLM) -> None:
    llm.answer(error(400, "Cannot continue an assistant message"), GOOD)

    events = await ask(llm, BEGUN, body={"prefill": "continue"})
    await ask(llm, BEGUN, body={"prefill": "continue"})

    assert (text_of(events), events[-1]) == ("hi", Done("stop"))
    assert [sent.json["messages"][-1]["role"] for sent in llm.requests] == ["assistant", "user", "user"]
    assert ["continue_final_message" in sent.json for sent in llm.requests] == [True, False, False]


def test_a_reasoning_model_is_asked_in_its_own_words() -> None:
    request = ChatRequest(turns=(Turn("system", "s"), Turn("user", "a")), model="o4", temperature=0.5, max_tokens=9)

    sent = body_of(request, is_reasoning_model=True)

    assert [message["role"] for message in sent["messages"]] == ["developer", "user"]
    assert (sent["max_completion_tokens"], "max_tokens" in sent, "temperature" in sent) == (9, False, False)


@pytest.mark.parametrize("words", ["Unexpected role 'developer'", "Unexpected message role."])
async def test_who_does_not_know_a_developer_gets_the_system_s_words(llm: FakeLLM, words: str) -> None:
    llm.answer(error(400, words), GOOD)
    request = ChatRequest(turns=(Turn("system", "s"), Turn("user", "a")), model="m")

    await ask(llm, request, is_reasoning_model=True)

    assert [sent.json["messages"][0]["role"] for sent in llm.requests] == ["developer", "system"]


@pytest.mark.parametrize(
    "refused",
    [
        error(500, "System role not supported"),
        error(400, "Unsupported role: system"),
        error(422, "unknown role 'system'"),
    ],
)
async def test_a_template_without_a_system_role_gets_its_words_from_the_user(llm: FakeLLM, refused: Script) -> None:
    llm.answer(refused, GOOD)
    turns = (Turn("system", "s"), Turn("user", "a"), Turn("assistant", "b"), Turn("user", "c"))

    assert text_of(await ask(llm, ChatRequest(turns=turns, model="m"))) == "hi"

    sent = [(said["role"], said["content"]) for said in llm.requests[1].json["messages"]]
    assert (sent, len(llm.requests)) == ([("user", "s\n\na"), ("assistant", "b"), ("user", "c")], 2)


def test_the_back_end_s_own_keys_win_but_for_those_that_make_a_conversation() -> None:
    body = {"model": "n", "temperature": 1, "stream_options": None, "messages": [], "stream": False, "top_k": 3}

    sent = body_of(replace(HELLO, temperature=0.5), body=body)

    assert (sent["model"], sent["temperature"], sent["top_k"], sent["stream"]) == ("n", 1, 3, True)
    assert ("stream_options" in sent, len(sent["messages"])) == (False, 1)
