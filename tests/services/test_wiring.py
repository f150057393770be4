from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from chat.exceptions import Invalid
from chat.models import Assistant
from chat.services.assistants import save_assistant
from chat.services.trials import NoAnswer, check, missing, try_out
from tests.factories import make_assistant
from tests.fake_llm import FakeLLM, Script, stream_of

REMEDY = "a key is never stored: give the name of an environment variable, like $ACME_KEY."

MORE = "what would follow goes into the query parameters."


def elsewhere(llm: FakeLLM, **given: Any) -> Assistant:
    return make_assistant("helper", provider="openai", base_url=llm.url, model="m", **given)


def test_headers_and_query_name_variables_whose_values_are_sent(db: None, settings: Settings):
    settings.READ_SECRET = {"AZURE_KEY": "azure-value", "SIGNATURE": "a+b"}.get
    with FakeLLM() as llm:
        helper = elsewhere(
            llm,
            headers={"api-key": "$AZURE_KEY", "X-Team": "tea"},
            query={"api-version": "2024-10-21", "sig": "$SIGNATURE"},
            body={"top_p": 0.5},
        )

        try_out(helper)

    request = llm.requests[0]
    assert (request.headers["api-key"], request.headers["x-team"]) == ("azure-value", "tea")
    assert set(request.path.partition("?")[2].split("&")) == {"api-version=2024-10-21", "sig=a%2Bb"}
    assert request.json["top_p"] == 0.5
    assert "azure-value" not in str(Assistant.objects.values().get())


def test_a_value_from_the_environment_is_hidden_when_the_server_repeats_it(db: None, settings: Settings):
    settings.READ_SECRET = {"AZURE_KEY": "azure-value", "SIGNATURE": "sig-value"}.get
    with FakeLLM() as llm:
        llm.fail_with(401, "azure-value with sig-value is wrong")
        helper = elsewhere(llm, headers={"api-key": "$AZURE_KEY"}, query={"sig": "$SIGNATURE"})
        with pytest.raises(NoAnswer) as failure:
            try_out(helper)

    assert "[key] with [key] is wrong" in failure.value.detail


def test_a_server_that_loads_its_model_first_is_waited_for_as_long_as_it_is_given(db: None):
    with FakeLLM() as llm:
        llm.answer(Script(stream_of("loaded"), before_headers=[1.3]))

        with pytest.raises(NoAnswer) as failure:
            try_out(elsewhere(llm, first_byte_seconds=1))
        assert try_out(elsewhere(llm, first_byte_seconds=None)) == "loaded"

    assert "No answer began within 1 s." in failure.value.detail


def test_a_variable_that_is_not_set_is_missing(db: None, settings: Settings):
    settings.READ_SECRET = {"SET": "x"}.get
    helper = make_assistant("helper", headers={"api-key": "$SET"}, query={"sig": "$UNSET"})

    assert missing(helper) == "The variable UNSET is not set."
    assert check(helper).ok is False


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"headers": {"api-key": "abc"}}, f"headers: api-key: {REMEDY}"),
        ({"headers": {"Authorization": "Basic YTpi"}}, f"headers: Authorization: {REMEDY}"),
        ({"headers": {"X-Acme": "sk-123456789012"}}, f"headers: X-Acme: {REMEDY}"),
        ({"headers": {"X-Acme": "Bearer abcdefgh1234"}}, f"headers: X-Acme: {REMEDY}"),
        ({"query": {"key": "AIza"}}, f"query: key: {REMEDY}"),
        (
            {"body": {"a": [{"b": "sk-123456789012"}]}},
            f"body: {REMEDY} It goes into a header or a query parameter.",
        ),
        ({"headers": {"X-Acme": 1}}, 'headers: a JSON object of texts, like {"api-version": "2024-10-21"}.'),
        ({"query": ["a"]}, 'query: a JSON object of texts, like {"api-version": "2024-10-21"}.'),
        (
            {"headers": {"X-Acme": "a\r\nHost: evil"}},
            "headers: 'X-Acme' is no name, or its value is not a line of plain characters.",
        ),
        ({"body": []}, 'body: a JSON object, like {"models": ["a/x", "b/y"]}.'),
        ({"body": {"a": float("nan")}}, "body: there is something in it that is no JSON."),
        ({"body": {"a": "\ud83d"}}, "body: there is something in it that is no JSON."),
        ({"body": {"a": json.loads("[" * 600 + "]" * 600)}}, "body: there is something in it that is no JSON."),
        ({"body": {"a": "\x00"}}, "body: at most 20000 characters, and no zero among them."),
        ({"body": {"a": "a" * 20_000}}, "body: at most 20000 characters, and no zero among them."),
        ({"body": {"stream": False}}, "body: stream is written by the server itself."),
        ({"body": {"messages": [], "stream": 1}}, "body: messages, stream are written by the server itself."),
        *(
            (
                {"base_url": f"https://{before}@api.example.org/v1"},
                "No name or password in a base URL: it goes into a header, as the name of a variable.",
            )
            for before in ("ana:secret", "sk-123456789012")
        ),
        *(
            (
                {"base_url": f"https://api.example.org/v1{behind}"},
                f"No ? and no # in a base URL: {MORE}",
            )
            for behind in ("?key=abc", "#abc", "?")
        ),
        ({"base_url": "https://api.example.org/sk-123456789012/v1"}, f"base_url: {REMEDY}"),
        ({"model": "sk-123456789012"}, f"model: {REMEDY}"),
        ({"prompt": "Your key is AIzaSyD-abcdefghijklmnopqrstu12345."}, f"prompt: {REMEDY}"),
        ({"headers": {"X-Auth": "abc"}}, f"headers: X-Auth: {REMEDY}"),
        ({"query": {"sig": "abc"}}, f"query: sig: {REMEDY}"),
        ({"body": {"inputs": {"api_key": "abc"}}}, f"body: {REMEDY} It goes into a header or a query parameter."),
    ],
)
def test_what_an_assistant_may_not_say_of_its_requests(db: None, given: dict[str, Any], said: str):
    with pytest.raises(Invalid) as refused:
        save_assistant(slug="helper", provider="demo", **given)

    assert refused.value.detail == said
    assert Assistant.objects.count() == 0


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"anthropic-version": "2023-06-01", "X-Title": "app-for-tea"}},
        {"body": {"models": ["xai-org/grok", "hf-internal-testing/tiny"], "inputs": {"topic": "tea"}}},
        {"query": {"api-version": "2024-10-21"}},
        {
            "body": {"prompt_cache_key": "tea", "max_tokens": 5},
            "prompt": "Say why sk-keys are secret.",
            "model": "sk-7b",
        },
    ],
)
def test_what_only_resembles_a_key_is_let_through(db: None, given: dict[str, Any]):
    assert save_assistant(slug="helper", provider="demo", **given)[1] is True


def test_what_dify_s_wire_needs_is_ours_there_and_free_elsewhere(db: None):
    given = {"base_url": "http://127.0.0.1:9/v1", "body": {"user": "tea", "stream": True}}

    with pytest.raises(Invalid) as refused:
        save_assistant(slug="helper", provider="dify", **given)
    assert refused.value.detail == "body: user is written by the server itself."
    assert save_assistant(slug="helper", provider="openai", **{**given, "body": {"user": "tea"}})[1] is True


def test_models_in_the_body_are_a_model(db: None):
    routed = make_assistant(
        "routed", provider="openai", base_url="http://127.0.0.1:9/v1", body={"models": ["a/x", "b/y"]}
    )

    assert missing(routed) == ""


def test_a_chain_of_stand_ins_has_an_end(db: None):
    first, second = make_assistant("first"), make_assistant("second")
    third = make_assistant("third", fallback=first)
    save_assistant(slug="first", fallback=second)

    for slug, fallback, circle in [("second", third, "third, first, second"), ("first", first, "first")]:
        with pytest.raises(Invalid) as refused:
            save_assistant(slug=slug, fallback=Assistant.objects.get(pk=fallback.pk))
        assert refused.value.detail == f"fallback: a circle, by {circle}."

    save_assistant(slug="first", fallback=None)
    assert save_assistant(slug="second", fallback=third)[0].fallback == third


def test_a_circle_is_seen_by_whoever_read_the_chain_before_a_rival_changed_it(db: None):
    make_assistant("first")
    second = make_assistant("second")
    as_it_was = Assistant.objects.get(user__username="first")
    save_assistant(slug="first", fallback=second)

    with pytest.raises(Invalid) as refused:
        save_assistant(slug="second", fallback=as_it_was)

    assert refused.value.detail == "fallback: a circle, by first, second."


def test_of_two_changes_at_once_that_make_a_circle_one_is_refused(transactional_db: None):
    pair = [make_assistant("first"), make_assistant("second")]
    start = Barrier(2)

    def save(slug: str, fallback: Assistant) -> bool:
        start.wait()
        try:
            save_assistant(slug=slug, fallback=fallback)
        except Invalid:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as threads:
        saved = list(threads.map(save, ["first", "second"], reversed(pair)))

    assert sorted(saved) == [False, True]
    assert Assistant.objects.filter(fallback=None).count() == 1


def test_a_new_assistant_may_name_its_stand_in(db: None):
    demo = make_assistant("demo")

    assert make_assistant("helper", fallback=demo, prompt_price=Decimal("0.5")).fallback == demo
