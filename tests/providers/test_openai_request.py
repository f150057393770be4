from __future__ import annotations

import pytest

from chat.providers import Attribution, Backend, ChatRequest, Turn
from chat.providers.openai.messages import messages_from
from chat.providers.openai.request import Asked
from chat.providers.outgoing import build


def said(*turns: Turn) -> list[tuple[object, object]]:
    return [(message["role"], message["content"]) for message in messages_from(turns)]


def test_roles_alternate_and_the_system_speaks_first_and_once() -> None:
    turns = [
        Turn("user", "a"),
        Turn("system", "s"),
        Turn("user", "b"),
        Turn("assistant", " \n"),
        Turn("user", "c"),
        Turn("assistant", "d"),
        Turn("system", "t"),
    ]

    assert said(*turns) == [("system", "s\n\nt"), ("user", "a\n\nb\n\nc"), ("assistant", "d")]


def test_a_history_cut_off_before_an_answer_begins_with_a_user_all_the_same() -> None:
    roles = [role for role, _ in said(Turn("assistant", "Yes."), Turn("user", "Why?"))]

    assert roles == ["user", "assistant", "user"]


def test_nothing_is_sent_that_is_not_configured() -> None:
    body = Asked(ChatRequest(turns=(Turn("user", "a"),), model="m"), Backend()).body()

    assert sorted(body) == ["messages", "model", "stream", "stream_options"]


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://api.deepseek.com", "https://api.deepseek.com/chat/completions"),
        ("http://host:11434/v1/", "http://host:11434/v1/chat/completions"),
    ],
)
def test_no_version_is_added_to_a_base_url(base_url: str, url: str) -> None:
    assert str(build(Backend(base_url=base_url), "/chat/completions").url) == url


@pytest.mark.parametrize(
    ("base_url", "is_named"),
    [
        ("https://openrouter.ai/api/v1", True),
        ("https://eu.openrouter.ai/api/v1", True),
        ("https://notopenrouter.ai/api/v1", False),
        ("https://api.openai.com/v1", False),
    ],
)
def test_only_openrouter_is_told_who_we_are(base_url: str, is_named: bool) -> None:
    attribution = Attribution(site_url="https://chat.example", site_name="Chat")

    headers = build(Backend(base_url=base_url, attribution=attribution), "/models").headers

    named = {name: headers.get(name) for name in ("HTTP-Referer", "X-OpenRouter-Title")}
    expected = {"HTTP-Referer": "https://chat.example", "X-OpenRouter-Title": "Chat"}
    assert named == (expected if is_named else dict.fromkeys(expected))
    assert "HTTP-Referer" not in build(Backend(base_url="https://openrouter.ai/api/v1"), "/models").headers


@pytest.mark.parametrize("name", ["Gespräche", "聊天", "two\nlines"])
def test_a_site_whose_name_no_header_carries_asks_without_it(name: str) -> None:
    attribution = Attribution(site_url="https://chat.example", site_name=name)

    headers = build(Backend(base_url="https://openrouter.ai/api/v1", attribution=attribution), "/models").headers

    assert (headers["HTTP-Referer"], "X-OpenRouter-Title" in headers) == ("https://chat.example", False)


def test_a_back_end_may_name_its_key_otherwise() -> None:
    backend = Backend(base_url="https://x.openai.azure.com", headers={"api-key": "k", "accept": "*/*"})

    headers = build(backend, "/chat/completions", {}).headers

    assert (headers["api-key"], headers.get_list("accept"), "authorization" in headers) == ("k", ["*/*"], False)
