"""Assistants in the admin: made, changed and tried."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from chat.admin.assistants import MAPS, SECTIONS
from chat.models import Assistant, Reply, Room, User
from chat.services.assistants import FIELDS
from tests.admin.acting import Staff, page, staff
from tests.factories import make_assistant, make_reply, start_reply
from tests.fake_llm import FakeLLM

__all__ = ["staff"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_new_assistant(staff: Staff):
    staff.add(
        Assistant,
        slug="helper",
        provider="openai",
        base_url="http://ollama:11434/v1/",
        key_env="",
        model="m",
        prompt="",
        enabled="on",
    )

    helper = Assistant.objects.get()
    assert (helper.slug, helper.base_url, helper.user.kind) == ("helper", "http://ollama:11434/v1", "assistant")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "ana"),
        ("slug", "No Name"),
        ("base_url", "ftp://x"),
        ("key_env", "sk-123"),
        ("temperature", "3"),
        ("provider", "x"),
        ("headers", "{"),
    ],
)
def test_an_assistant_that_cannot_be_is_refused_beside_the_field(staff: Staff, ana: User, field: str, value: str):
    response = staff.add(Assistant, **{"slug": "helper", "provider": "demo", field: value})

    assert set(response.context["adminform"].form.errors) == {field}


def test_the_form_has_a_place_for_each_field():
    placed = [field for _, section in SECTIONS for field in section["fields"]]

    assert sorted(placed) == sorted(FIELDS)


def test_a_circle_of_stand_ins_is_refused_on_the_form(staff: Staff):
    helper = make_assistant("helper")
    stand_in = make_assistant("other", fallback=helper)

    response = staff.change(helper, provider="demo", fallback=stand_in.pk)

    assert response.context["adminform"].form.errors == {"fallback": ["a circle, by other, helper."]}


@pytest.mark.parametrize("headers", ['{"api-key": 1}', "[1]", '"x"', "1"])
def test_headers_of_another_shape_are_refused_on_the_form(staff: Staff, headers: str):
    response = staff.change(make_assistant("helper"), provider="demo", headers=headers, query=headers)

    assert response.status_code == 200
    assert "a JSON object of texts" in response.context["adminform"].form.errors["headers"][0]


ABSURD = ["[" * 100_000, "1" * 5_000, '{"a": ' + "1" * 5_000 + "}", '{"a": "\\ud800"}', '{"\\ud800": "a"}', '"\\ud800"']


@pytest.mark.parametrize("given", ABSURD)
def test_what_cannot_be_kept_is_no_json_and_is_shown_again_as_it_was_typed(staff: Staff, given: str):
    new = staff.add(Assistant, slug="other", provider="demo", headers=given, query=given, body=given)
    known = staff.change(make_assistant("helper"), provider="demo", headers=given, query=given, body=given)

    for form in (new.context["adminform"].form, known.context["adminform"].form):
        assert form.errors == {field: ["Enter a valid JSON."] for field in MAPS}
        assert form["body"].value() == given


def test_a_key_in_a_header_is_refused_on_the_form_and_its_variable_is_taken(staff: Staff):
    refused = staff.add(Assistant, slug="helper", provider="demo", headers='{"api-key": "abc"}')
    staff.add(Assistant, slug="helper", provider="demo", headers='{"api-key": "$AZURE_KEY"}')

    assert "a key is never stored" in refused.context["adminform"].form.errors["headers"][0]
    assert Assistant.objects.get().headers == {"api-key": "$AZURE_KEY"}


def test_changing_an_assistant(staff: Staff):
    helper = make_assistant("helper")

    staff.change(helper, provider="demo", base_url="", model="", prompt="Be kind.", temperature="0.5")

    helper.refresh_from_db()
    assert (helper.prompt, helper.temperature, helper.enabled) == ("Be kind.", 0.5, False)


def test_the_list_says_what_an_assistant_lacks(staff: Staff):
    make_assistant("helper", provider="openai", base_url="https://api.example.org/v1", model="m", key_env="ACME_KEY")

    assert "The variable ACME_KEY is not set." in staff.client.get(page("changelist", Assistant)).content.decode()


def test_trying_an_assistant_shows_its_answer_or_its_error(staff: Staff, settings: Settings):
    settings.READ_SECRET = {"GOOD_KEY": "good"}.get
    with FakeLLM() as server:
        server.reply_with("I am a model.")
        good = make_assistant("good", provider="openai", base_url=server.url, model="m", key_env="GOOD_KEY")
        staff.act("try_it", good)
    keyless = make_assistant(
        "keyless", provider="openai", base_url="http://127.0.0.1:9/v1", model="m", key_env="NO_KEY"
    )
    away = make_assistant("away", provider="openai", base_url="http://127.0.0.1:9/v1", model="m")

    staff.act("try_it", keyless)
    staff.act("try_it", away)

    assert staff.told[:2] == ["good: I am a model.", "keyless: The variable NO_KEY is not set."]
    assert staff.told[2].startswith("away: The connection to the model's server failed.")


def test_what_stops_as_staff_act_says_who_they_were(staff: Staff, ana: User, garden: Room):
    """Neither the assistant that they switch off, nor whose account they close, has stopped anything."""
    helper = make_assistant("helper", garden)
    of_helper = make_reply(garden, ana, helper)
    start_reply(of_helper)

    staff.change(helper, provider="demo")  # the tick of "enabled" is gone

    assert Reply.objects.get(message=of_helper).stopped_by == staff.user

    of_ana = make_reply(garden, ana, make_assistant("other", garden))
    start_reply(of_ana)

    staff.act("deactivate_people", ana)

    assert Reply.objects.get(message=of_ana).stopped_by == staff.user
