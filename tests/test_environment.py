"""Variables, from the environment and from a file: which one holds, and which values stop the start."""

from __future__ import annotations

import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatsite.environment import Environment
from tests.environments import env_file, refusal_of, run, settings_of

__all__ = ["env_file"]

MAIL = "an address like smtp+tls://user:password@host:587 or filemail:///path"


def test_the_file_is_read_and_the_environment_wins(env_file):
    file = env_file("SITE_NAME=From the file\nSITE_ACCENT=20\n")

    settings = settings_of("SITE_NAME", "SITE_ACCENT", ENV_FILE=file, SITE_NAME="From outside")

    assert settings == {"SITE_NAME": "From outside", "SITE_ACCENT": 20}


def test_an_empty_variable_is_one_that_is_not_set(env_file):
    assert settings_of("SITE_ACCENT", SITE_ACCENT="") == 172


def test_what_is_empty_in_the_environment_wins_over_the_file_too(env_file):
    assert settings_of("SITE_ACCENT", ENV_FILE=env_file("SITE_ACCENT=10\n"), SITE_ACCENT="") == 172


def test_a_key_may_begin_with_any_character(env_file):
    assert settings_of("SECRET_KEY", ENV_FILE=env_file("SECRET_KEY='$dollar#hash=x'\n")) == "$dollar#hash=x"


def test_a_process_started_from_here_does_not_inherit_the_file(env_file):
    look = "import os, chatsite.settings as s; print(s.SITE_NAME, os.environ.get('SITE_NAME'))"

    done = run([sys.executable, "-c", look], {"ENV_FILE": env_file("SITE_NAME=Inside\n")})

    assert done.stdout == "Inside None\n"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SITE_URL", "chat.example.org", "an address like https://chat.example.org"),
        ("SITE_URL", "https://chat.example.org/path", "an address like https://chat.example.org"),
        ("SITE_URL", "http://host:port", "an address like https://chat.example.org"),
        ("SITE_URL", "http://my_host:8000", "a host of letters, digits, dots and dashes (others in their form xn--…)"),
        (
            "SITE_URL",
            "http://münchen.example",
            "a host of letters, digits, dots and dashes (others in their form xn--…)",
        ),
        ("SITE_ACCENT", "361", "a whole number from 0 to 360"),
        ("SITE_ACCENT", "green", "a whole number from 0 to 360"),
        ("DEBUG", "maybe", "1 or 0"),
        ("SIGNUP_OPEN", "2", "1 or 0"),
        ("RATE_LIMITS", "off!", "1 or 0"),
        ("HISTORY_TOKENS", "-5", "a whole number from 200 to 2000000"),
        ("DEFAULT_ASSISTANT", "No Name", "a name of at most 32 of a-z 0-9 _ . -"),
        ("DATABASE_URL", "oracle://x/y", "sqlite:////path/to/file or postgres://user:password@host/name"),
        (
            "DATABASE_URL",
            "sqlite:///db.sqlite3?timeout=5",
            "sqlite:////path/to/file or postgres://user:password@host/name",
        ),
        ("DATABASE_URL", "sqlite://:memory:", "sqlite:////path/to/file or postgres://user:password@host/name"),
        ("REDIS_URL", "127.0.0.1:6379", "an address like redis://127.0.0.1:6379/0"),
        ("REDIS_URL", "redis://127.0.0.1/zero", "an address like redis://127.0.0.1:6379/0"),
        ("REDIS_URL", "redis://127.0.0.1/0?socket_timeout=long", "an address like redis://127.0.0.1:6379/0"),
        ("REDIS_URL", "rediss://127.0.0.1/0?ssl_ca_cert=/ca.pem", "an address like redis://127.0.0.1:6379/0"),
        ("REPLIES_IN_WEB", "0", "1, for other processes are only heard by way of REDIS_URL"),
        ("ALLOWED_HOSTS", "http://x", "host names without port, separated by commas"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "addresses or networks like 10.0.0.0/8, separated by commas"),
        ("CORS_ORIGINS", "app", "addresses like https://app.example.org, separated by commas"),
        ("OLLAMA_URL", "localhost:11434", "an address like http://127.0.0.1:11434"),
        ("OPENAI_BASE_URL", "ftp://x", "an address like http://127.0.0.1:11434"),
        ("EMAIL_URL", "mail.example.org", MAIL),
        ("EMAIL_URL", "filemail://", MAIL),
        ("EMAIL_URL", "filemail://srv/mails", MAIL),
        ("DEFAULT_FROM_EMAIL", "Ana, Ben & Co.", "a sender like Chat <chat@example.org>"),
        ("FILES_BY_NGINX", "0", "a location like /sent-files/, or nothing"),
        ("FILES_BY_NGINX", "1", "a location like /sent-files/, or nothing"),
        ("FILES_BY_NGINX", "/", "a location like /sent-files/, or nothing"),
        ("DEFAULT_FROM_EMAIL", "Chat", "a sender like Chat <chat@example.org>"),
        ("LOG_LEVEL", "LOUD", "one of DEBUG, INFO, WARNING, ERROR"),
        ("LOG_FORMAT", "xml", "one of console, json"),
        ("ENV_FILE", "/nowhere/at.all", "a file that exists, or nothing"),
    ],
)
def test_a_wrong_value_stops_the_start_in_one_line(name, value, expected):
    assert refusal_of(**{name: value}) == f'manage.py: {name}: expected {expected}, got "{value}"'


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("mysql://ana:se/cr@et@host/name", "mysql://…@host/name"),
        ("postgres//chat:secret@host/name", "…@host/name"),
        ("postgres:/chat:secret@host/name", "…@host/name"),
        ("chat:secret@host", "…@host"),
    ],
)
def test_a_refusal_does_not_tell_the_password(value, shown):
    assert refusal_of(DATABASE_URL=value).endswith(f'postgres://user:password@host/name, got "{shown}"')


@pytest.mark.parametrize("value", ["zwölf", "two words"])
def test_a_token_that_no_header_carries_is_refused_and_not_told(value):
    said = "manage.py: METRICS_TOKEN: expected letters, digits and signs without a space between them"

    assert refusal_of(METRICS_TOKEN=value) == f'{said}, got "…"'


@pytest.mark.parametrize(
    "line",
    [
        "DATABASE_URL = postgres://chat:secret@host/name",
        "  DATABASE_URL=postgres://chat:secret@host/name",
        "DATABASE URL=postgres://chat:secret@host/name",
        "export\tDATABASE_URL=postgres://chat:secret@host/name",
        "postgres://chat:secret@host/name",
    ],
)
def test_a_line_of_the_file_that_says_nothing_stops_the_start_and_is_not_shown(env_file, line):
    file = env_file(f"# of the site\nSITE_NAME=Ours\n{line}\n")

    said = refusal_of(ENV_FILE=file)

    assert said.startswith(f"manage.py: {file}, line 3: expected NAME=value")
    assert "secret" not in said


def test_the_file_may_have_comments_blank_lines_quotes_exports_and_empty_values(env_file):
    text = '\ufeff# of the site\n\n  \n  # more\nexport SITE_NAME="A \\"B\\""\nSITE_ACCENT=\nSECRET_KEY=\'a = # b\'\r\n'

    settings = settings_of("SITE_NAME", "SITE_ACCENT", "SECRET_KEY", ENV_FILE=env_file(text))

    assert settings == {"SITE_NAME": 'A "B"', "SITE_ACCENT": 172, "SECRET_KEY": "a = # b"}


def test_a_file_that_is_no_text_stops_the_start(tmp_path):
    file = tmp_path / "some.env"
    file.write_bytes("SITE_NAME=Café\n".encode("latin-1"))

    assert refusal_of(ENV_FILE=str(file)) == f"manage.py: {file} is not written in UTF-8: save it anew as that."


def test_a_file_that_is_there_and_cannot_be_read_stops_the_start(tmp_path, monkeypatch):
    monkeypatch.delenv("ENV_FILE")
    Environment(beside=tmp_path)  # without one all is well

    (tmp_path / ".env").mkdir()
    with pytest.raises(ImproperlyConfigured, match=r"\.env cannot be read: Is a directory\. Give it to the account"):
        Environment(beside=tmp_path)


def test_an_assistants_key_comes_from_the_environment_or_the_file(env_file):
    look = (
        "import chatsite.settings as s; print([s.READ_SECRET(n) for n in ('ACME_KEY', 'OPENAI_API_KEY', 'NONE_KEY')])"
    )

    done = run([sys.executable, "-c", look], {"ENV_FILE": env_file("ACME_KEY=a\n"), "OPENAI_API_KEY": "o"})

    assert done.stdout == "['a', 'o', '']\n"


def test_what_the_site_is_configured_by_is_no_assistants_key():
    look = "import chatsite.settings as s; print([s.READ_SECRET(n) for n in ('SECRET_KEY', 'DATABASE_URL')])"

    done = run([sys.executable, "-c", look], {"SECRET_KEY": "mine", "DATABASE_URL": "sqlite:////x"})

    assert done.stdout == "['', '']\n"
