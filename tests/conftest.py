from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
from django.core.cache import cache
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings

from chat import limits
from tests.flushing import put_back_at_once
from tests.site import Site

# How long an example takes depends on who else uses the machine.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """As pytest-django makes it."""
    with django_db_blocker.unblock():
        put_back_at_once()
    yield
    with django_db_blocker.unblock():
        _hang_up_others()


def _hang_up_others() -> None:
    """PostgreSQL drops no database that a thread of the last test is still connected to, or connects to once more."""
    if connection.vendor == "postgresql":
        name = connection.settings_dict["NAME"]
        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {connection.ops.quote_name(name)} ALLOW_CONNECTIONS false")
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _static_files_unlisted(settings: Settings) -> None:
    """Each new client makes the middleware anew, and each of those would list all static files."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()
    limits.forget()


@pytest.fixture
def site_factory(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Real sites: `site_factory(REDIS_URL=redis_url).prepare().start()`. All are stopped at the end."""
    family: list[Site] = []

    def make(**environment: str) -> Site:
        directory = tmp_path / f"site-{len(family)}"
        directory.mkdir()
        return Site(directory, environment, family=family)

    yield make
    for site in family:
        site.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed shows what its sites said."""
    report = yield
    if report.failed and "site_factory" in getattr(item, "fixturenames", ()):
        for log in sorted(item.funcargs["tmp_path"].glob("site-*/serve-*.log")):  # type: ignore[attr-defined]
            report.sections.append((f"log of {log.stem}", log.read_text(errors="replace")[-20_000:]))
    return report
