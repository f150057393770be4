from __future__ import annotations

import pytest
from pytest_django import Settings

from chat.models import Assistant, Room, User
from chat.services.people import deactivate
from chat.services.rooms import direct_room
from tests.commands.running import complaint, run
from tests.factories import make_assistant, make_person
from tests.fake_dify import FakeDify
from tests.fake_llm import FakeLLM


def test_addassistant_makes_one(db: None):
    printed = run(
        "addassistant",
        "acme",
        "--provider",
        "openai",
        "--base-url",
        "https://api.example.org/v1",
        "--model",
        "m1",
        "--key-env",
        "ACME_KEY",
        "--prompt",
        "Be kind.",
        "--temperature",
        "0.3",
        "--max-tokens",
        "500",
    )

    acme = Assistant.objects.get()
    assert printed.splitlines()[0] == "acme: made. The variable ACME_KEY is not set."
    assert (acme.slug, acme.provider, acme.base_url, acme.model) == (
        "acme",
        "openai",
        "https://api.example.org/v1",
        "m1",
    )
    assert (acme.key_env, acme.prompt, acme.temperature, acme.max_tokens) == ("ACME_KEY", "Be kind.", 0.3, 500)
    assert acme.user.memberships.count() == 0


def test_addassistant_again_changes_what_is_given_only(db: None):
    make_assistant("helper", prompt="Be kind.", temperature=0.3, max_tokens=9)

    assert run("addassistant", "helper", "--temperature", "", "--max-tokens", "0", "--no-enabled") == "helper: changed."

    helper = Assistant.objects.get()
    assert (helper.prompt, helper.temperature, helper.max_tokens, helper.enabled) == ("Be kind.", None, None, False)


def test_addassistant_says_how_its_server_wants_to_be_asked(db: None):
    make_assistant("demo")
    options = ["--header", "api-key=$AZURE_KEY", "--header", "X-Team=tea", "--query", "api-version=2024-10-21"]
    options += ["--body", '{"top_p": 0.5}', "--reasoning-model", "--sees-images", "--context-tokens", "8000"]
    options += [
        "--first-byte-seconds",
        "600",
        "--at-once",
        "2",
        "--fallback",
        "demo",
        "--prompt-price",
        "0.15",
        "--completion-price",
        "0.6",
    ]

    run("addassistant", "helper", "--provider", "demo", *options)

    helper = Assistant.objects.get(user__username="helper")
    assert (helper.headers, helper.query) == (
        {"api-key": "$AZURE_KEY", "X-Team": "tea"},
        {"api-version": "2024-10-21"},
    )
    assert (helper.body, helper.is_reasoning_model, helper.sees_images) == ({"top_p": 0.5}, True, True)
    assert (helper.context_tokens, helper.at_once, helper.fallback.slug) == (8000, 2, "demo")  # type: ignore[union-attr]
    assert helper.first_byte_seconds == 600
    assert (str(helper.prompt_price), str(helper.completion_price)) == ("0.1500", "0.6000")


def test_addassistant_takes_back_what_is_given_empty(db: None):
    demo = make_assistant("demo")
    given = {"headers": {"a": "1", "b": "2"}, "body": {"top_p": 1}, "context_tokens": 900, "prompt_price": 1}
    make_assistant("helper", fallback=demo, at_once=1, is_reasoning_model=True, **given)

    options = ["--header", "a=", "--header", "c=3", "--body", "{}", "--context-tokens", "0", "--at-once", "0"]
    run("addassistant", "helper", *options, "--fallback", "", "--prompt-price", "", "--no-reasoning-model")

    helper = Assistant.objects.get(user__username="helper")
    assert (helper.headers, helper.body, helper.fallback) == ({"b": "2", "c": "3"}, {}, None)
    assert (helper.context_tokens, helper.at_once, helper.prompt_price) == (None, None, None)
    assert helper.is_reasoning_model is False


def test_addassistant_makes_it_answer_everything_in_a_room(square: Room):
    run("addassistant", "helper", "--provider", "demo", "--default-for", "square")

    square.refresh_from_db()
    assert square.answering_assistant is not None
    assert square.answering_assistant.slug == "helper"
    assert square.memberships.filter(user__username="helper").exists() is True


def test_addassistant_brings_it_into_no_direct_room(ana: User):
    room = direct_room(by=ana, others=[make_person("ben")])

    refused = complaint("addassistant", "helper", "--provider", "demo", "--default-for", room.slug)

    assert refused == "A direct room keeps its people."
    assert room.memberships.count() == 2
    assert not Assistant.objects.exists()


def test_addassistant_gives_everybody_a_room_with_the_default_one(ana: User, settings: Settings):
    settings.DEFAULT_ASSISTANT = "helper"

    run("addassistant", "helper", "--provider", "demo")

    direct = Room.objects.get(kind="direct")
    assert set(direct.memberships.values_list("user__username", flat=True)) == {"ana", "helper"}


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["one"], "one is new: say what it is with --provider demo|openai|dify."),
        (["one", "--provider", "dify"], "This provider needs a base URL, like https://api.openai.com/v1."),
        (["one", "--provider", "openai"], "This provider needs a base URL, like https://api.openai.com/v1."),
        (
            ["one", "--provider", "openai", "--base-url", "api.openai.com"],
            "A base URL is like https://api.openai.com/v1 or http://127.0.0.1:11434/v1.",
        ),
        (
            ["one", "--provider", "demo", "--key-env", "sk-123"],
            "key_env: The name of an environment variable: capitals, digits, underscores.",
        ),
        (
            ["one", "--provider", "demo", "--temperature", "9"],
            "temperature: Ensure this value is less than or equal to 2.",
        ),
        (["one", "--provider", "demo", "--temperature", "hot"], "Error: argument --temperature: 'hot' is no number"),
        (["one", "--provider", "demo", "--default-for", "x"], "There is no room x. Make it with: manage.py addroom x"),
        (["one", "--provider", "demo", "--header", "x"], "Error: argument --header: 'x' is not like NAME=VALUE"),
        (
            ["one", "--provider", "demo", "--body", "[1]"],
            'Error: argument --body: a JSON object, like {"models": ["a/x", "b/y"]}',
        ),
        (
            ["one", "--provider", "demo", "--fallback", "x"],
            "There is no assistant x. Make it with: manage.py addassistant x --provider …",
        ),
        (["one", "--provider", "demo", "--body", '{"stream": 0}'], "body: stream is written by the server itself."),
        (["ana", "--provider", "demo"], "ana is the name of somebody else already."),
    ],
)
def test_addassistant_says_in_plain_words_what_will_not_do(ana: User, words: list[str], text: str):
    assert complaint("addassistant", *words) == text
    assert Assistant.objects.count() == 0


def test_addassistant_says_that_nobody_answers_whose_account_is_closed(db: None):
    deactivate(person=make_assistant("helper").user, by=None)

    said = run("addassistant", "helper", "--enabled")

    assert said == "helper: changed. Its account is closed; in /admin/, among the users, it is opened again."


def test_a_new_one_that_is_in_no_room_says_how_it_gets_into_one(garden: Room):
    said = run("addassistant", "local", "--provider", "demo")
    in_garden = run("addassistant", "gardener", "--provider", "demo", "--default-for", "garden")

    assert said.startswith("local: made.\nEverybody can begin a chat with it. So that it answers in a room, too: ")
    assert said.endswith("manage.py addroom ROOM --assistant local")
    assert in_garden == "gardener: made."


def test_a_server_beside_us_may_have_a_name_without_a_dot(db: None):
    run("addassistant", "local", "--provider", "openai", "--base-url", "http://ollama:11434/v1", "--model", "m")

    assert Assistant.objects.get().base_url == "http://ollama:11434/v1"


def test_an_app_of_dify_s_needs_no_model(db: None, settings: Settings):
    settings.READ_SECRET = {"DIFY_API_KEY": "app-1"}.get
    with FakeDify() as dify:
        options = ["--base-url", dify.url, "--key-env", "DIFY_API_KEY", "--body", '{"inputs": {"topic": "tea"}}']
        assert run("addassistant", "support", "--provider", "dify", *options).startswith("support: made.")

        assert run("checkassistants") == "support: ok. Reachable: the app “Support” (chat)."

    assert dify.calls[0].headers["authorization"] == "Bearer app-1"


def test_checkassistants_says_what_each_lacks(db: None, settings: Settings):
    settings.READ_SECRET = {"GOOD_KEY": "good"}.get
    with FakeLLM() as llm:
        make_assistant("demo")
        make_assistant("good", provider="openai", base_url=llm.url, model="fake", key_env="GOOD_KEY")
        make_assistant("off", provider="openai", base_url=llm.url, model="m", enabled=False)
        assert run("checkassistants").splitlines() == [
            "demo: ok. Built in: it needs no model and no network.",
            "good: ok. Reachable, and it knows fake.",
        ]
        assert llm.listings[0].headers["authorization"] == "Bearer good"
        make_assistant("keyless", provider="openai", base_url=llm.url, model="fake", key_env="NO_KEY")

        assert complaint("checkassistants") == "1 of the assistants cannot answer."


def test_checkassistants_hears_a_server_that_refuses(db: None):
    with FakeLLM() as llm:
        llm.models = llm._scripts[0]
        llm.fail_with(401, "wrong key")
        make_assistant("bad", provider="openai", base_url=llm.url, model="m")

        assert complaint("checkassistants") == "1 of the assistants cannot answer."


def test_the_name_of_a_person_is_no_assistant(db: None):
    make_person("ana")

    assert complaint("addroom", "lab", "--assistant", "ana").startswith("There is no assistant ana.")


@pytest.mark.parametrize("number", ["nan", "inf", "warm"])
def test_a_temperature_is_a_number_to_reckon_with(db: None, number: str):
    assert "is no number" in complaint("addassistant", "helper", "--provider", "demo", "--temperature", number)


def test_a_price_is_a_number_to_reckon_with(db: None):
    said = complaint("addassistant", "helper", "--provider", "demo", "--prompt-price", "1e-9999999999999999999")

    assert said == "Error: argument --prompt-price: '1e-9999999999999999999' is no number to reckon with"
