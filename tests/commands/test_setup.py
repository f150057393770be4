"""A new site, and an old one: `setup` may be run again and again."""

from __future__ import annotations

import stat
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from chat.management import newcomers
from chat.models import Assistant, Room, User
from chat.services.assistants import save_assistant
from chat.services.memberships import leave_room
from tests.commands.running import run
from tests.factories import make_person
from tests.fake_llm import FakeLLM, Script
from tests.site import Site

pytestmark = pytest.mark.django_db

WELCOME = """New assistant: demo
Ready. Open http://127.0.0.1:8000 and sign up.
Nobody is staff yet: .venv/bin/python manage.py adduser NAME --staff"""


def members(slug: str) -> set[str]:
    return set(Room.objects.get(slug=slug).memberships.values_list("user__username", flat=True))


def test_a_new_site_has_general_and_the_demo_assistant_in_it():
    assert run("setup") == WELCOME

    general = Room.objects.get()
    assert (general.slug, general.kind, general.answering_assistant) == ("general", "public", None)
    assert members("general") == {"demo"}


def test_in_a_container_it_names_the_python_of_the_container(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.prefix", "/")

    assert run("setup").endswith("Nobody is staff yet: python manage.py adduser NAME --staff")


def test_again_it_changes_nothing_and_writes_nothing():
    run("setup")
    make_person("root", is_staff=True)

    with CaptureQueriesContext(connection) as queries:
        assert run("setup") == "Ready. Open http://127.0.0.1:8000 and sign up."

    assert [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))] == []


def test_a_closed_site_does_not_say_that_one_could_sign_up(settings: Settings):
    settings.SIGNUP_OPEN = False

    assert "sign up" not in run("setup")


def test_one_assistant_for_each_key(settings: Settings):
    settings.OPENAI_API_KEY = settings.OPENROUTER_API_KEY = "a key"

    run("setup")

    rows = Assistant.objects.order_by("user__username").values_list("user__username", "base_url", "key_env", "model")
    assert list(rows) == [
        ("demo", "", "", ""),
        ("openai", "https://api.openai.com/v1", "OPENAI_API_KEY", "gpt-4.1-mini"),
        ("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", "openrouter/auto"),
    ]
    assert members("general") == {"demo", "openai", "openrouter"}


def listing(*models: str) -> Script:
    named = ", ".join(f'{{"id": "{model}"}}' for model in models)
    return Script([f'{{"data": [{named}]}}'.encode()], content_type="application/json")


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["llama3.2", "a"], "llama3.2"),
        (["llama3.2:1b", "a"], "llama3.2:1b"),
        (["nomic-embed-text", "qwen3:8b"], "qwen3:8b"),
        (["nomic-embed-text"], "nomic-embed-text"),
        ([], "llama3.2"),
    ],
)
def test_ollama_answers_with_a_model_it_has(settings: Settings, offered: list[str], chosen: str):
    with FakeLLM() as llm:
        llm.models = listing(*offered)
        settings.OLLAMA_URL = llm.url.removesuffix("/v1")
        run("setup")

    ollama = Assistant.objects.get(user__username="ollama")
    assert (ollama.base_url, ollama.model, ollama.key_env) == (llm.url, chosen, "")


def test_ollama_s_address_may_end_as_those_of_others_do(settings: Settings):
    settings.OLLAMA_URL = "http://127.0.0.1:9/v1"

    run("setup")

    assert Assistant.objects.get(user__username="ollama").base_url == "http://127.0.0.1:9/v1"


@pytest.mark.parametrize(("place", "key"), [("OPENAI_BASE_URL", "OPENAI_API_KEY"), ("DIFY_API_URL", "DIFY_API_KEY")])
def test_an_address_without_its_key_makes_nobody_and_says_so(settings: Settings, place: str, key: str):
    setattr(settings, place, "http://127.0.0.1:9/v1")

    assert f"No assistant at {place}: {key} is not set" in run("setup")
    assert Assistant.objects.count() == 1


def test_another_server_with_openai_s_interface(settings: Settings):
    with FakeLLM() as llm:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "a key", llm.url
        run("setup")

    assert Assistant.objects.get(user__username="openai").model == "fake"


def test_an_app_of_dify_s_is_one_by_its_key_alone(settings: Settings):
    settings.DIFY_API_KEY = "app-1"
    run("setup")
    settings.DIFY_API_URL = "http://127.0.0.1:9/v1"
    printed = run("setup")

    dify = Assistant.objects.get(user__username="dify")
    assert (dify.provider, dify.base_url, dify.key_env, dify.model) == (
        "dify",
        "http://127.0.0.1:9/v1",
        "DIFY_API_KEY",
        "",
    )
    assert (members("general"), "New assistant" in printed) == ({"demo", "dify"}, False)


def test_a_server_that_is_not_there_yet_is_no_reason_to_fail(settings: Settings):
    settings.OLLAMA_URL = "http://127.0.0.1:9"

    run("setup")

    assert Assistant.objects.get(user__username="ollama").model == "llama3.2"


def test_what_staff_changed_stays_and_the_address_follows_its_variable(settings: Settings):
    settings.OLLAMA_URL = "http://127.0.0.1:9"
    run("setup")
    save_assistant(slug="ollama", model="qwen3", prompt="Be kind.", enabled=False)
    settings.OLLAMA_URL = "http://127.0.0.2:9"

    run("setup")

    ollama = Assistant.objects.get(user__username="ollama")
    assert (ollama.base_url, ollama.model, ollama.prompt, ollama.enabled) == (
        "http://127.0.0.2:9/v1",
        "qwen3",
        "Be kind.",
        False,
    )


def test_an_assistant_taken_out_of_general_stays_out():
    run("setup")
    demo = User.objects.get(username="demo")
    leave_room(room=Room.objects.get(), user=demo)

    run("setup")

    assert members("general") == set()


def test_whoever_was_here_before_is_brought_home(settings: Settings):
    User.objects.create_superuser("root", "", "a-good-one-9")
    run("setup")
    assert members("general") == {"demo", "root"}
    assert Room.objects.filter(kind="direct").count() == 1


def test_whoever_left_general_is_not_brought_back():
    run("setup")
    ana = make_person("ana")
    leave_room(room=Room.objects.get(slug="general"), user=ana)

    run("setup")

    assert members("general") == {"demo"}


def test_another_default_assistant_comes_later(settings: Settings):
    run("setup")
    ana = make_person("ana")
    save_assistant(slug="helper", provider="demo")
    settings.DEFAULT_ASSISTANT = "helper"

    run("setup")

    with_helper = Room.objects.get(kind="direct", answering_assistant__user__username="helper")
    assert with_helper.membership_of(ana) is not None


def test_a_name_that_somebody_has_already_is_told(settings: Settings):
    make_person("openai")
    settings.OPENAI_API_KEY = "a key"

    assert "No assistant openai: openai is the name of somebody else already." in run("setup")


def test_the_newcomers_are_those_whose_variables_are_set(settings: Settings):
    settings.OPENROUTER_API_KEY = "a key"

    assert [newcomer.slug for newcomer in newcomers.newcomers()] == ["demo", "openrouter"]


def test_a_new_database_is_for_its_owner_alone_and_an_old_one_stays_as_it_is(site_factory: Callable[..., Site]):
    site = site_factory()
    file = site.directory / "db.sqlite3"

    site.manage("setup")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o640)
    site.manage("setup")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
