"""Assistants that a site knows from an imported room only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_django import Settings

from chat.models import Assistant, Room, User
from chat.services.assistants import save_assistant
from chat.services.people import deactivate
from tests.commands.running import complaint, run
from tests.factories import make_assistant, make_message, make_reply

pytestmark = pytest.mark.django_db


@pytest.fixture
def exported(ana: User, garden: Room, tmp_path: Path) -> Path:
    """A room of another site: helper has answered in it, listener was only there."""
    make_assistant("listener", garden)
    make_reply(garden, ana, make_assistant("helper", garden))
    make_message(garden, ana, "hello")
    file = tmp_path / "garden.json"
    file.write_text(run("exportroom", "garden"))
    return file


def remember(file: Path, *, slug: str = "orchard", **names: str) -> None:
    """As rooms of a site whose assistants have these names."""
    text = file.read_text()
    for before, after in names.items():
        text = text.replace(json.dumps(before), json.dumps(after))
    file.write_text(text)
    run("importroom", str(file), "--slug", slug)


def answering(slug: str) -> bool:
    return Assistant.objects.enabled().named(slug).exists()


@pytest.mark.parametrize("who", ["helper", "listener"])
@pytest.mark.parametrize("slug", ["orchard", "general"])
def test_setup_makes_those_whose_names_it_has_only_heard(exported: Path, settings: Settings, who: str, slug: str):
    Room.objects.filter(slug="general").update(slug="another")
    remember(exported, slug=slug, **{who: "openai"})
    settings.OPENAI_API_KEY = "a key"

    assert "New assistant: openai gpt-4.1-mini" in run("setup")

    openai = Assistant.objects.get(user__username="openai")
    assert (openai.provider, openai.key_env, openai.model) == ("openai", "OPENAI_API_KEY", "gpt-4.1-mini")
    assert answering("openai") is True
    assert openai.user.memberships.filter(room__slug="general").exists()
    assert "New assistant" not in run("setup")


def test_setup_makes_the_one_that_is_built_in(exported: Path):
    remember(exported, helper="demo")

    assert "New assistant: demo" in run("setup")
    assert answering("demo") is True


def test_setup_leaves_closed_what_staff_have_closed():
    run("setup")
    save_assistant(slug="demo", enabled=False)
    deactivate(person=User.objects.get(username="demo"), by=None)

    run("setup")

    assert answering("demo") is False


@pytest.mark.parametrize("who", ["helper", "listener"])
def test_addassistant_lets_it_answer(exported: Path, who: str):
    remember(exported, **{who: "sage"})

    assert complaint("addassistant", "sage", "--enabled").startswith("sage is new: say what it is with --provider")
    assert run("addassistant", "sage", "--provider", "demo", "--enabled") == "sage: made."
    assert answering("sage") is True


def test_addassistant_may_leave_it_switched_off(exported: Path):
    remember(exported, helper="sage")

    run("addassistant", "sage", "--provider", "demo", "--no-enabled")
    assert answering("sage") is False
    run("addassistant", "sage", "--enabled")
    assert answering("sage") is True
