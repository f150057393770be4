"""What `setup` says where nobody new gets a room with the site's own assistant."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from chat.services.assistants import save_assistant
from chat.services.people import deactivate
from tests.commands.running import run

pytestmark = pytest.mark.django_db

REOPENED = "in /admin/, among the users, “Reactivate” for helper"


def test_a_default_assistant_that_is_not_here_is_told(settings: Settings):
    settings.DEFAULT_ASSISTANT = "nobody"

    assert "DEFAULT_ASSISTANT is nobody, which is not here: manage.py addassistant nobody --provider …" in run("setup")


def test_a_default_assistant_that_nobody_can_make_is_told(settings: Settings):
    settings.DEFAULT_ASSISTANT = "everybody"

    said = run("setup")

    assert "DEFAULT_ASSISTANT is everybody, which is a name that nobody can have: set it to the name of an" in said


def test_a_default_assistant_that_is_disabled_is_told(settings: Settings):
    settings.DEFAULT_ASSISTANT = "ollama"
    save_assistant(slug="ollama", provider="demo", enabled=False)

    assert "DEFAULT_ASSISTANT is ollama, which is disabled: manage.py addassistant ollama --enabled" in run("setup")


@pytest.mark.parametrize(
    ("enabled", "said"),
    [
        (True, f"which has a closed account: {REOPENED}"),
        (False, f"which is disabled and has a closed account: manage.py addassistant helper --enabled, and {REOPENED}"),
    ],
)
def test_a_default_assistant_whose_account_is_closed_is_told(settings: Settings, enabled: bool, said: str):
    settings.DEFAULT_ASSISTANT = "helper"
    assistant, _ = save_assistant(slug="helper", provider="demo", prompt="Be kind.", base_url="http://127.0.0.1:9")
    deactivate(person=assistant.user, by=None)
    save_assistant(slug="helper", enabled=enabled)

    assert said in run("setup")
