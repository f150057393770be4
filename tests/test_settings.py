from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatsite.environment import Environment
from tests.servers import variables_listed
from tests.servers.programs import ROOT

SHOW = """
import json
import chatsite.settings as settings
names = {names!r}
print(json.dumps({{name: getattr(settings, name) for name in names}}, default=str))
"""


def settings_of(*names, **environment):
    """What settings.py makes of an environment, in a process of its own."""
    done = run([sys.executable, "-c", SHOW.format(names=names)], environment)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    return shown[names[0]] if len(names) == 1 else shown


def refusal_of(**environment):
    done = run([sys.executable, "manage.py", "version"], environment)
    assert done.returncode == 1, done.stdout
    return done.stderr.strip()


def run(command, environment):
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": "", **environment}
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def env_file(tmp_path):
    def write(text):
        path = tmp_path / "some.env"
        path.write_text(text)
        return str(path)

    return write


def test_the_defaults_are_those_of_one_machine():
    settings = settings_of("SITE_URL", "DEBUG", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "ALLOWED_HOSTS")

    assert settings == {
        "SITE_URL": "http://127.0.0.1:8000",
        "DEBUG": False,
        "SECURE_SSL_REDIRECT": False,
        "SESSION_COOKIE_SECURE": False,
        "ALLOWED_HOSTS": ["127.0.0.1", "localhost", "[::1]"],
    }


def test_https_makes_cookies_secure_and_redirects():
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")

    settings = settings_of(*names, SITE_URL="https://chat.example.org")

    assert list(settings.values()) == [True, True, True, 31_536_000]


def test_the_host_of_the_site_is_allowed_and_so_is_loopback():
    hosts = settings_of("ALLOWED_HOSTS", SITE_URL="https://Chat.example.org:8443")

    assert hosts == ["chat.example.org", "127.0.0.1", "localhost", "[::1]"]


def test_a_key_of_its_own_is_no_throw_away_key():
    names = ("SECRET_KEY", "SECRET_KEY_IS_THROWAWAY")

    assert settings_of(*names, SECRET_KEY="mine") == {"SECRET_KEY": "mine", "SECRET_KEY_IS_THROWAWAY": False}


def test_without_a_key_each_process_makes_one_and_knows_it():
    names = ("SECRET_KEY", "SECRET_KEY_IS_THROWAWAY")

    first, second = settings_of(*names), settings_of(*names)

    assert (first["SECRET_KEY_IS_THROWAWAY"], second["SECRET_KEY_IS_THROWAWAY"]) == (True, True)
    assert first["SECRET_KEY"] != second["SECRET_KEY"]


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
        ("DATABASE_URL", "sqlite://:memory:", "sqlite:////path/to/file or postgres://user:password@host/name"),
        ("REDIS_URL", "127.0.0.1:6379", "an address like redis://127.0.0.1:6379/0"),
        ("REDIS_URL", "redis://127.0.0.1/zero", "an address like redis://127.0.0.1:6379/0"),
        ("REPLIES_IN_WEB", "0", "1, for other processes are only heard by way of REDIS_URL"),
        ("ALLOWED_HOSTS", "http://x", "host names without port, separated by commas"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "addresses or networks like 10.0.0.0/8, separated by commas"),
        ("CORS_ORIGINS", "app", "addresses like https://app.example.org, separated by commas"),
        ("OLLAMA_URL", "localhost:11434", "an address like http://127.0.0.1:11434"),
        ("OPENAI_BASE_URL", "ftp://x", "an address like http://127.0.0.1:11434"),
        ("EMAIL_URL", "mail.example.org", "an address like smtp+tls://user:password@host:587"),
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


def test_redis_serves_layer_cache_sessions_and_limits():
    names = ("CHANNEL_LAYERS", "CACHES", "SESSION_ENGINE", "LIMITS_STORAGE")

    settings = settings_of(*names, REDIS_URL="redis://127.0.0.1:6379/3")

    layer = settings["CHANNEL_LAYERS"]["default"]
    (host,) = layer["CONFIG"]["hosts"]
    assert layer["BACKEND"] == "channels_redis.pubsub.RedisPubSubChannelLayer"
    assert layer["CONFIG"]["prefix"] == "chat3"
    assert [host[name] for name in ("host", "port", "db", "socket_timeout")] == ["127.0.0.1", 6379, 3, 1]
    assert settings["CACHES"]["default"]["LOCATION"] == "redis://127.0.0.1:6379/3"
    assert settings["SESSION_ENGINE"] == "django.contrib.sessions.backends.db"
    assert settings["LIMITS_STORAGE"]["storage_string"] == "redis://127.0.0.1:6379/3"


def test_replies_may_leave_the_web_processes_once_there_is_redis():
    assert settings_of("REPLIES_IN_WEB", REPLIES_IN_WEB="0", REDIS_URL="redis://127.0.0.1:6379") is False


def test_sqlite_waits_at_begin():
    database = settings_of("DATABASES", DATABASE_URL="sqlite:////srv/chat.sqlite3")["default"]

    assert database["NAME"] == "/srv/chat.sqlite3"
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "PRAGMA journal_mode=WAL;" in database["OPTIONS"]["init_command"]


def test_postgresql_has_a_pool_and_keeps_what_the_address_says():
    database = settings_of("DATABASES", DATABASE_URL="postgres://u:p%40ss@db:5433/chat?sslmode=require")["default"]

    assert (database["HOST"], database["PORT"], database["PASSWORD"]) == ("db", 5433, "p@ss")
    assert database["CONN_MAX_AGE"] == 0
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["pool"]["max_size"] == 20
    assert database["OPTIONS"]["options"].startswith("-c join_collapse_limit=1 -c ")


def test_what_the_address_says_to_postgresql_has_the_last_word():
    address = "postgres://db/chat?options=-c%20join_collapse_limit%3D8"

    options = settings_of("DATABASES", DATABASE_URL=address)["default"]["OPTIONS"]["options"]

    assert options.startswith("-c join_collapse_limit=1 ")
    assert options.endswith(" -c join_collapse_limit=8")


def test_mail_goes_where_the_address_says():
    names = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_HOST_PASSWORD", "EMAIL_TIMEOUT")

    settings = settings_of(*names, EMAIL_URL="smtp+tls://ana:secret@mail.example.org:587")

    assert list(settings.values()) == ["mail.example.org", 587, True, "secret", 10]


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


def test_the_example_file_lists_every_variable_and_no_other(settings):
    assert sorted(variables_listed()) == sorted(settings.VARIABLES)


def test_the_documentation_lists_every_variable_and_no_other(settings):
    text = (ROOT / "docs" / "configuration.md").read_text()

    assert sorted(re.findall(r"^\| `([A-Z_]+)` \|", text, flags=re.MULTILINE)) == sorted(settings.VARIABLES)


def test_the_example_file_changes_nothing_but_the_key():
    def effective(**environment):
        return settings_of("SITE_URL", "SITE_NAME", "SITE_ACCENT", "HISTORY_TOKENS", "LOG_LEVEL", **environment)

    assert effective(ENV_FILE=str(ROOT / ".env.example")) == effective()


@pytest.mark.parametrize(("host", "url"), [("127.0.0.1", "http://127.0.0.1:9000"), ("::1", "http://[::1]:9000")])
def test_the_first_env_file_follows_host_and_port(tmp_path, host, url):
    command = [sys.executable, "-m", "chatsite.first_env", host, "9000"]

    subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=True, capture_output=True)

    file = tmp_path / ".env"
    assert file.stat().st_mode & 0o777 == 0o600
    names = ("SITE_URL", "SECRET_KEY_IS_THROWAWAY")
    assert settings_of(*names, ENV_FILE=str(file)) == {"SITE_URL": url, "SECRET_KEY_IS_THROWAWAY": False}


def test_the_first_env_file_is_never_written_over(tmp_path):
    Path(tmp_path / ".env").write_text("SECRET_KEY=kept\n")

    subprocess.run(
        [sys.executable, "-m", "chatsite.first_env"], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=True
    )

    assert Path(tmp_path / ".env").read_text() == "SECRET_KEY=kept\n"
