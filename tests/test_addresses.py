from __future__ import annotations

import pytest
from django.urls import reverse, set_script_prefix

from chat.addresses import address


@pytest.fixture(autouse=True)
def _prefix():
    yield
    set_script_prefix("/")


@pytest.mark.parametrize(("name", "key"), [("room", "by-the_sea"), ("message", 7), ("message-edit", 12), ("room", "0")])
def test_an_address_is_what_the_router_says(name: str, key: object):
    assert address(name, key) == reverse(name, args=[key])


def test_an_address_stands_below_the_sites_own():
    assert address("room", "garden") == "/rooms/garden/"

    set_script_prefix("/chat/")

    assert address("room", "garden") == "/chat/rooms/garden/"
