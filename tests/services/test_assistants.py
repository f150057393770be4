from __future__ import annotations

import re

import pytest
from pytest_django import Settings

from chat.exceptions import ChatError, Forbidden, Invalid, NameTaken
from chat.models import ApiToken, Assistant, User
from chat.services.assistants import save_assistant
from chat.services.tokens import create_token, revoke_token
from chat.services.trials import NoAnswer, check, missing, try_out
from tests.factories import make_assistant, make_token
from tests.fake_llm import FakeLLM


def test_save_assistant_makes_one_and_its_user(db: None):
    helper, is_new = save_assistant(slug="Helper", provider="demo", prompt="Be kind.")

    assert (is_new, helper.slug, helper.user.kind, helper.user.has_usable_password()) == (
        True,
        "helper",
        "assistant",
        False,
    )


def test_save_assistant_again_changes_what_is_given(db: None):
    make_assistant("helper", prompt="Be kind.", model="m")

    helper, is_new = save_assistant(slug="helper", model="n")

    assert (is_new, helper.prompt, helper.model) == (False, "Be kind.", "n")
    assert Assistant.objects.count() == User.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"slug": "ana"}, NameTaken),
        ({"slug": "all"}, Invalid),
        ({"slug": "a b"}, Invalid),
        ({"provider": "oracle"}, Invalid),
        ({"provider": "openai"}, Invalid),
        ({"provider": "openai", "base_url": "api.example.org"}, Invalid),
        ({"provider": "openai", "base_url": "http://[::1"}, Invalid),
        ({"provider": "openai", "base_url": "http://a b/"}, Invalid),
        ({"provider": "openai", "base_url": "http://a/v1?api-version=1"}, Invalid),
        ({"provider": "openai", "base_url": "http://a/v1#top"}, Invalid),
        ({"provider": "openai", "base_url": "http://a/v1/chat/completions/"}, Invalid),
        ({"provider": "dify", "base_url": "http://a/v1/chat-messages"}, Invalid),
        ({"key_env": "sk-123"}, Invalid),
        ({"temperature": 2.5}, Invalid),
        ({"model": "x" * 121}, Invalid),
    ],
)
def test_save_assistant_refuses(ana: User, given: dict[str, object], refusal: type[ChatError]):
    with pytest.raises(ChatError) as refused:
        save_assistant(**{"slug": "helper", "provider": "demo", **given})  # type: ignore[arg-type]

    assert type(refused.value) is refusal
    assert (Assistant.objects.count(), User.objects.count()) == (0, 1)


def test_one_back_end_has_one_address(db: None):
    addresses = ("http://[::1]:8080/v1", "http://[::1]:8080/v1/")
    made = [make_assistant(slug, provider="openai", base_url=url) for slug, url in zip("ab", addresses, strict=True)]

    assert made[0].back_end == made[1].back_end == "openai http://[::1]:8080/v1"


def test_what_is_missing_is_said_without_asking_anybody(db: None, settings: Settings):
    settings.READ_SECRET = {"SET": "x"}.get

    def lack(**given: str) -> str:
        backend = {"provider": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "m", **given}
        return missing(Assistant(user=User(), **backend))

    assert lack() == ""
    assert lack(key_env="SET") == ""
    assert lack(key_env="UNSET") == "The variable UNSET is not set."
    assert lack(key_env="SECRET_KEY").startswith("The variable SECRET_KEY is the site's own, and is sent to nobody")
    assert lack(key_env="OPENAI_API_KEY") == "The variable OPENAI_API_KEY is not set."
    assert lack(model="") == "No model is named."
    assert missing(Assistant(user=User(), provider="demo")) == ""
    assert missing(Assistant(user=User(is_active=False), provider="demo")).startswith("Its account is closed")


def test_an_assistant_is_tried_with_its_own_settings(db: None, settings: Settings):
    settings.READ_SECRET = {"KEY": "secret"}.get
    with FakeLLM() as llm:
        llm.reply_with("I am a model.")
        helper = make_assistant(
            "helper", provider="openai", base_url=llm.url, model="m", key_env="KEY", prompt="Be kind.", temperature=0.5
        )

        assert try_out(helper, "Who?") == "I am a model."

    request = llm.requests[0]
    assert request.headers["authorization"] == "Bearer secret"
    assert (request.json["model"], request.json["temperature"]) == ("m", 0.5)
    assert [(turn["role"], turn["content"]) for turn in request.json["messages"]] == [
        ("system", "Be kind."),
        ("user", "Who?"),
    ]


@pytest.mark.parametrize("most", [None, 70])
def test_a_trial_is_asked_as_rooms_ask(db: None, most: int | None):
    with FakeLLM() as llm:
        try_out(
            make_assistant(
                "helper",
                provider="openai",
                base_url=llm.url,
                model="m",
                prompt="Today is {date}. Here are {members}.",
                max_tokens=most,
            )
        )

    asked = llm.requests[0].json
    assert re.fullmatch(r"Today is \w+, \d{4}-\d\d-\d\d\. Here are \.", asked["messages"][0]["content"])
    assert asked.get("max_tokens") == most


def test_a_trial_that_fails_says_why_in_the_server_s_words(db: None):
    with FakeLLM() as llm:
        llm.fail_with(401, "that key is wrong")
        helper = make_assistant("helper", provider="openai", base_url=llm.url, model="m")

        with pytest.raises(NoAnswer) as failure:
            try_out(helper)

    assert "that key is wrong" in failure.value.detail


def test_a_trial_does_not_wait_for_ever(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("chat.services.trials.TRIAL_SECONDS", 0.2)
    with FakeLLM() as llm:
        hold = llm.hold("I am")
        helper = make_assistant("helper", provider="openai", base_url=llm.url, model="m")
        with pytest.raises(NoAnswer) as failure:
            try_out(helper)
        hold.release()

    assert failure.value.detail == "No answer within 0.2 seconds."


def test_the_demo_assistant_needs_nobody(db: None):
    assert check(make_assistant("demo")).ok is True


def test_a_check_says_what_is_missing_first(db: None):
    verdict = check(make_assistant("helper", provider="openai", base_url="http://127.0.0.1:9/v1", model=""))

    assert (verdict.ok, verdict.detail) == (False, "No model is named.")


def test_a_token_is_stored_as_a_hash_and_told_once(ana: User):
    token, secret = create_token(user=ana, name=" backup ")

    assert (token.name, secret.startswith(token.shown)) == ("backup", True)
    assert secret not in str(ApiToken.objects.values().get())


def test_only_their_owner_and_staff_revoke_tokens(ana: User, ben: User, staff: User):
    first, second = make_token(ana)[0], make_token(ana)[0]

    with pytest.raises(Forbidden):
        revoke_token(token=first, by=ben)
    revoke_token(token=first, by=ana)
    revoke_token(token=second, by=staff)

    assert ApiToken.objects.alive().count() == 0


def test_revoking_twice_keeps_the_first_time(ana: User):
    token, _ = make_token(ana)
    revoke_token(token=token, by=ana)
    first = ApiToken.objects.get().revoked_at

    revoke_token(token=token, by=ana)

    assert ApiToken.objects.get().revoked_at == first


def test_the_first_use_is_noted(ana: User):
    token, _ = make_token(ana)

    ApiToken.objects.note_use([token])

    assert ApiToken.objects.get().last_used_at is not None
