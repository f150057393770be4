"""The compose file configures all that docs/configuration.md lists, and what it does not has a reason."""

from __future__ import annotations

import re

import pytest

from tests.servers.programs import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
OF_THE_IMAGE = {
    "DEBUG",  # never in a container that serves
    "ENV_FILE",  # empty in the image: compose reads .env
    "MEDIA_ROOT",  # in the volume
    "STATIC_ROOT",  # collected when the image was made
}
FIXED = {"DATABASE_URL", "REDIS_URL", "TRUSTED_PROXIES", "FILES_BY_NGINX"}  # the services beside it


def test_every_variable_is_passed_on(settings):
    configured = set(re.findall(r"^    ([A-Z_]+): ", COMPOSE.partition("services:")[0], flags=re.MULTILINE))

    assert configured == settings.VARIABLES - OF_THE_IMAGE


def test_each_is_passed_on_under_its_own_name(settings):
    passed = dict(re.findall(r"^    ([A-Z_]+): \$\{([A-Z_]+)", COMPOSE.partition("services:")[0], flags=re.MULTILINE))

    assert passed == {name: name for name in settings.VARIABLES - OF_THE_IMAGE - FIXED}


@pytest.mark.parametrize("service", ["web", "setup", "replies"])
def test_the_processes_of_a_site_are_configured_alike(service: str):
    described = COMPOSE.partition(f"\n  {service}:\n")[2].partition("\n\n")[0]

    assert "<<: *chat" in described
    assert "environment:" not in described


def test_any_number_of_web_processes_fit_on_one_host():
    described = COMPOSE.partition("\n  web:\n")[2].partition("\n\n")[0]

    assert described
    assert not re.search("ports|container_name|ipv4_address", described)


def test_the_site_believes_the_address_that_nginx_has():
    (trusted,) = re.findall(r"TRUSTED_PROXIES: (\S+)", COMPOSE)

    assert re.findall(r"ipv4_address: (\S+)", COMPOSE) == [trusted]


def test_a_proxy_on_the_same_host_comes_from_the_address_that_is_written_down():
    (gateway,) = re.findall(r"gateway: (\S+)", COMPOSE)

    assert f"the network's gateway, `{gateway}`" in (ROOT / "docs" / "operations.md").read_text()
    assert f"OUTER_PROXY={gateway}\n" in (ROOT / "deploy" / "chat-site.compose.conf").read_text()
