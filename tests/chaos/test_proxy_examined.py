"""`manage.py doctor proxy`, asked behind a real nginx that is set up well, and behind one that is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.nginx import Nginx, filled_in
from tests.site import CommandFailed, Site

MakeSite = Callable[..., Site]
WHO_ASKS = "proxy_set_header X-Forwarded-For $remote_addr;"
UPGRADES = "proxy_set_header Upgrade $http_upgrade;"


@pytest.fixture
def make_proxied(site_factory: MakeSite, nginx: Nginx) -> MakeSite:
    """A site behind nginx, with this instead of that in its configuration."""

    def make(trusted: str, **instead: str) -> Site:
        site = site_factory(SITE_URL=nginx.url, TRUSTED_PROXIES=trusted).migrate().start()
        nginx.configure([site.port])
        configuration = Path(nginx.directory / "nginx.conf")
        configuration.write_text(filled_in(configuration, instead))
        nginx.start()
        return site

    return make


def said_of(site: Site) -> str:
    try:
        return site.manage("doctor", "proxy")
    except CommandFailed as failed:
        return str(failed)


def test_the_configuration_that_comes_with_the_site_is_well(make_proxied: MakeSite):
    site = make_proxied("127.0.0.1")

    said = said_of(site)

    assert "ok    proxy      It is believed, and says who asks: 127.0.0.1." in said
    assert "ok    proxy      WebSockets come through." in said
    site.environment["SECRET_KEY"] = "another one, of whom the processes that serve know nothing"
    assert "look  proxy      Who answers has another SECRET_KEY" in said_of(site)


def test_a_proxy_that_is_not_believed_is_named(make_proxied: MakeSite):
    said = said_of(make_proxied(""))

    assert "WRONG proxy      The one at 127.0.0.1 is not believed" in said
    assert "→ Name 127.0.0.1 in TRUSTED_PROXIES." in said


def test_a_proxy_that_hands_on_what_clients_say_of_themselves_is_found(make_proxied: MakeSite):
    said = said_of(make_proxied("127.0.0.1", **{WHO_ASKS: ""}))

    assert "WRONG proxy      It hands on what clients say of themselves" in said


def test_a_proxy_that_does_not_say_who_asks_is_found(make_proxied: MakeSite):
    said = said_of(make_proxied("127.0.0.1", **{WHO_ASKS: "proxy_set_header X-Forwarded-For '';"}))

    assert "WRONG proxy      The one at 127.0.0.1 does not say who asks" in said


def test_a_proxy_that_lets_no_sockets_through_is_found(make_proxied: MakeSite):
    said = said_of(make_proxied("127.0.0.1", **{UPGRADES: ""}))

    assert "look  proxy      WebSockets do not come through (" in said
    assert "WRONG" not in said
