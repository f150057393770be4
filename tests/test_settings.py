"""What a site is, by its variables."""

from __future__ import annotations

import pytest
from django.core.mail import EmailMessage

from tests.environments import settings_of
from tests.servers.programs import ROOT


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


def test_an_origin_is_called_as_browsers_call_it():
    names = ("SITE_URL", "CORS_ORIGINS")
    given = {"SITE_URL": "https://Chat.example.org:443", "CORS_ORIGINS": "http://[::1]:80,https://app.example.org:80"}

    assert settings_of(*names, **given) == {
        "SITE_URL": "https://chat.example.org",
        "CORS_ORIGINS": ["http://[::1]", "https://app.example.org:80"],
    }


def test_a_key_of_its_own_is_no_throw_away_key():
    names = ("SECRET_KEY", "SECRET_KEY_IS_THROWAWAY")

    assert settings_of(*names, SECRET_KEY="mine") == {"SECRET_KEY": "mine", "SECRET_KEY_IS_THROWAWAY": False}


def test_without_a_key_each_process_makes_one_and_knows_it():
    names = ("SECRET_KEY", "SECRET_KEY_IS_THROWAWAY")

    first, second = settings_of(*names), settings_of(*names)

    assert (first["SECRET_KEY_IS_THROWAWAY"], second["SECRET_KEY_IS_THROWAWAY"]) == (True, True)
    assert first["SECRET_KEY"] != second["SECRET_KEY"]


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
    assert "PRAGMA synchronous=FULL;" in database["OPTIONS"]["init_command"], "a power cut takes nothing acknowledged"


def test_a_file_of_sqlite_without_a_beginning_lies_beside_manage_py():
    for address in ({}, {"DATABASE_URL": "sqlite:///db.sqlite3"}):
        assert settings_of("DATABASES", **address)["default"]["NAME"] == str(ROOT / "db.sqlite3")


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


def test_directories_without_a_beginning_begin_beside_manage_py():
    names = ("MEDIA_ROOT", "STATIC_ROOT")

    assert list(settings_of(*names, MEDIA_ROOT="sent").values()) == [str(ROOT / "sent"), str(ROOT / "staticfiles")]
    assert list(settings_of(*names, MEDIA_ROOT="/srv/sent", STATIC_ROOT="pages").values()) == [
        "/srv/sent",
        str(ROOT / "pages"),
    ]


def test_mail_goes_where_the_address_says():
    names = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_HOST_PASSWORD", "EMAIL_TIMEOUT")

    settings = settings_of(*names, EMAIL_URL="smtp+tls://ana:secret@mail.example.org:587")

    assert list(settings.values()) == ["mail.example.org", 587, True, "secret", 10]


@pytest.mark.parametrize(("scheme", "port"), [("smtp", 25), ("smtp+tls", 25), ("smtp+ssl", 465)])
def test_mail_goes_to_the_port_that_is_meant(scheme: str, port: int):
    assert settings_of("EMAIL_PORT", EMAIL_URL=f"{scheme}://ana:secret@mail.example.org") == port


@pytest.mark.parametrize(
    ("name", "site", "sender"),
    [
        ("Chat", "https://chat.example.org:8443", "Chat <chat@chat.example.org>"),
        ("Ana, Ben & Co.", "http://127.0.0.1:8000", '"Ana, Ben & Co." <chat@127.0.0.1>'),
        ("[Team]: chat", "http://127.0.0.1:8000", '"[Team]: chat" <chat@127.0.0.1>'),
        ("Gespräche", "http://127.0.0.1:8000", "=?utf-8?q?Gespr=C3=A4che?= <chat@127.0.0.1>"),
        ("Chat", "http://[::1]:8000", "Chat <chat@[IPv6:::1]>"),
    ],
)
def test_mail_is_from_a_site_of_whatever_name(name: str, site: str, sender: str):
    from_email = settings_of("DEFAULT_FROM_EMAIL", SITE_NAME=name, SITE_URL=site)

    assert EmailMessage(from_email=from_email).message()["From"] == sender


def test_mail_is_from_whom_the_site_says():
    given = '"Ana, Ben & Co." <chat@example.org>'

    assert settings_of("DEFAULT_FROM_EMAIL", DEFAULT_FROM_EMAIL=given) == given
