"""The variables a site is configured by: read, checked and named here, and nowhere else.

The environment of the process wins over the `.env` file, also where it is empty. An empty variable means its default.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
T = TypeVar("T")

SLUG = re.compile(r"[a-z0-9][a-z0-9_.-]{0,31}")
HOST = re.compile(r"\*|\.?[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]")
LOCATION = re.compile(r"(/[A-Za-z0-9._-]+)+/?")
BEARER = re.compile(r"[!-~]+")
ASSIGNMENT = re.compile(r"(?:export )?[A-Za-z_0-9]+=.*")
MEANT_PORTS = {"http": ":80", "https": ":443"}
DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql")
EMAIL = re.compile(r"((smtp(s|\+tls|\+ssl)?|consolemail|memorymail|dummymail):|filemail:///[^/])", re.IGNORECASE)
MODEL_KEYS = frozenset({"OPENAI_API_KEY", "OPENROUTER_API_KEY", "DIFY_API_KEY"})
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class Environment:
    """Typed readers: each takes a variable's name, and stops the start with that name if its value is wrong."""

    def __init__(self, beside: Path) -> None:
        self.names: set[str] = set()
        self._values = dict(os.environ)
        self._values = {**_values_in(self._file(beside)), **self._values}

    def text(self, name: str, default: str = "") -> str:
        self.names.add(name)
        return self._values.get(name, "").strip() or default

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name).lower()
        if value not in ("", *TRUE, *FALSE):
            refuse(name, "1 or 0", value)
        return value in TRUE if value else default

    def number(self, name: str, *, default: int, least: int, most: int) -> int:
        value = self.text(name, str(default))
        if not re.fullmatch(r"\d{1,12}", value) or not least <= int(value) <= most:
            refuse(name, f"a whole number from {least} to {most}", value)
        return int(value)

    def choice(self, name: str, *, default: str, among: tuple[str, ...]) -> str:
        value = self.text(name, default)
        found = {option.lower(): option for option in among}.get(value.lower())
        return found or refuse(name, f"one of {', '.join(among)}", value)

    def slug(self, name: str, *, default: str) -> str:
        value = self.text(name, default)
        if not SLUG.fullmatch(value):
            refuse(name, "a name of at most 32 of a-z 0-9 _ . -", value)
        return value

    def origin(self, name: str, *, default: str) -> str:
        value = self.text(name, default)
        origin = self._each(name, value, "an address like https://chat.example.org", _origin)
        self._each(name, value, "a host of letters, digits, dots and dashes (others in their form xn--…)", _origin_host)
        return origin

    def origins(self, name: str) -> list[str]:
        return self._list(name, "", "addresses like https://app.example.org, separated by commas", _origin)

    def url(self, name: str) -> str:
        """An http address which may have a path; without one it is empty."""
        value = self.text(name)
        return self._each(name, value, "an address like http://127.0.0.1:11434", _http_url) if value else ""

    def location(self, name: str) -> str:
        """An address of this server's own; without one it is empty."""
        value = self.text(name)
        if value and not LOCATION.fullmatch(value):
            refuse(name, "a location like /sent-files/, or nothing", value)
        return value

    def bearer(self, name: str) -> str:
        """What a header carries as it is; without one it is empty. It stays unsaid."""
        value = self.text(name)
        if value and not BEARER.fullmatch(value):
            refuse(name, "letters, digits and signs without a space between them", "…")
        return value

    def hosts(self, name: str, *, default: list[str]) -> list[str]:
        return self._list(name, ",".join(default), "host names without port, separated by commas", _host)

    def networks(self, name: str) -> list[Network]:
        expected = "addresses or networks like 10.0.0.0/8, separated by commas"
        return self._list(name, "", expected, ipaddress.ip_network)

    def database(self, name: str, *, default: str) -> dict[str, Any]:
        expected = "sqlite:////path/to/file or postgres://user:password@host/name"
        return self._each(name, self.text(name, default), expected, _database)

    def redis(self, name: str) -> list[str]:
        """Several, separated by commas, share what is announced."""
        return self._list(name, "", "an address like redis://127.0.0.1:6379/0", _redis_url)

    def email(self, name: str, *, default: str) -> dict[str, Any]:
        expected = "an address like smtp+tls://user:password@host:587 or filemail:///path"
        return self._each(name, self.text(name, default), expected, _email)

    def mailbox(self, name: str, *, default: str) -> str:
        """Who a mail is from. The default is one, and not looked at: that would load all that mails are made of."""
        value = self.text(name)
        return self._each(name, value, "a sender like Chat <chat@example.org>", _mailbox) if value else default

    def secret(self, name: str) -> str:
        """The key an assistant names, or nothing: what the site itself is configured by is never sent to a model."""
        if name in self.names - MODEL_KEYS:
            return ""
        return self._values.get(name, "").strip()

    def _file(self, beside: Path) -> Path | None:
        named = self._values.get("ENV_FILE")
        self.names.add("ENV_FILE")
        if named and not os.access(named, os.F_OK):
            refuse("ENV_FILE", "a file that exists, or nothing", named)
        path = beside / ".env" if named is None else Path(named)
        return path if named != "" and os.path.lexists(path) else None

    def _list(self, name: str, default: str, expected: str, parse: Callable[[str], T]) -> list[T]:
        values = [value.strip() for value in self.text(name, default).split(",")]
        return [self._each(name, value, expected, parse) for value in values if value]

    def _each(self, name: str, value: str, expected: str, parse: Callable[[str], T]) -> T:
        try:
            return parse(value)
        except (ValueError, ImproperlyConfigured):
            refuse(name, expected, value)


def refuse(name: str, expected: str, value: str) -> NoReturn:
    """Say which variable is wrong and what belongs there; a password inside an address stays unsaid."""
    shown = re.sub(r"\A([\w+.-]+://)?.*@", r"\1…@", value, flags=re.DOTALL)  # with a typo before it, too
    raise ImproperlyConfigured(f'{name}: expected {expected}, got "{shown}"')


def _values_in(file: Path | None) -> dict[str, str]:
    """Read a file as django-environ does, but into a dictionary: child processes must not inherit what it says."""
    values: dict[str, str] = {}
    if file:
        reader: Any = type("Reader", (environ.Env,), {"ENVIRON": values})
        reader.read_env(StringIO("\n".join(_assignments(file))))
    return values


def _assignments(file: Path) -> Iterator[str]:
    """django-environ passes over any other line, and the site would be another one: without its database, say."""
    for number, line in enumerate(_text_of(file).splitlines(), start=1):
        if ASSIGNMENT.fullmatch(line):
            yield line
        elif line.strip() and not line.lstrip().startswith("#"):
            expected = "NAME=value, with nothing before the name and no spaces around the ="
            raise ImproperlyConfigured(f"{file}, line {number}: expected {expected}")


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImproperlyConfigured(f"{file} is not written in UTF-8: save it anew as that.") from error
    except OSError as error:
        advice = "Give it to the account that runs the site."
        raise ImproperlyConfigured(f"{file} cannot be read: {error.strerror}. {advice}") from error


def _http(value: str) -> SplitResult:
    url = urlsplit(value)
    if url.scheme not in ("http", "https") or not url.hostname or url.port == 0:
        raise ValueError(value)
    return url


def _origin(value: str) -> str:
    """As browsers say it: without the port that is meant anyway."""
    url = _http(value)
    if url.path not in ("", "/") or url.query or url.fragment or "@" in url.netloc:
        raise ValueError(value)
    return f"{url.scheme}://{url.netloc.lower().removesuffix(MEANT_PORTS[url.scheme])}"


def _origin_host(value: str) -> str:
    """What can be asked for: Django answers no other name, whatever ALLOWED_HOSTS says."""
    host = _http(value).hostname or ""
    return _host(f"[{host}]" if ":" in host else host)


def _http_url(value: str) -> str:
    return _http(value).geturl().rstrip("/")


def _host(value: str) -> str:
    if not HOST.fullmatch(value):
        raise ValueError(value)
    return value


def _redis_url(value: str) -> str:
    from chatsite.lines import new_line  # who has no Redis loads nothing of it

    url = urlsplit(value)
    if url.scheme not in ("redis", "rediss") or not url.hostname or url.port == 0:
        raise ValueError(value)
    if not re.fullmatch(r"(/\d*)?", url.path):
        raise ValueError(value)
    try:
        new_line(value)
    except TypeError as error:  # an option behind the ? that no line has
        raise ValueError(value) from error
    return value


def _database(value: str) -> dict[str, Any]:
    scheme, separator, _ = value.partition("://")
    if scheme.lower() not in DATABASE_SCHEMES or not separator or (scheme.lower() == "sqlite" and "?" in value):
        raise ValueError(value)
    database: dict[str, Any] = environ.Env.db_url_config(value)
    if database["NAME"] in ("", ":memory:"):  # each thread would see a database of its own
        raise ValueError(value)
    return database


def _email(value: str) -> dict[str, Any]:
    if not EMAIL.match(value):
        raise ValueError(value)
    return dict(environ.Env.email_url_config(value))


def _mailbox(value: str) -> str:
    """As it is read when a mail is sent: with a comma in a name that stands in no quotes, none would be."""
    from django.core.mail.message import sanitize_address

    if "@" not in sanitize_address(value, "utf-8"):
        raise ValueError(value)
    return value
