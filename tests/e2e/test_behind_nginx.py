"""A proxy whose server is away answers by itself, with pages that are not ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import QUICK, Welcome, make_room, press, say
from tests.servers.nginx import Nginx
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

# To Chromium nginx says more than anybody would show.
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    nginx = Nginx(tmp_path)
    yield nginx
    nginx.stop()


async def test_what_a_proxy_says_is_shown_to_nobody_and_what_was_typed_is_sent_by_the_next_press(
    nginx: Nginx, welcome: Welcome, site_factory: Callable[..., Site]
) -> None:
    site = site_factory(**QUICK, SITE_URL=nginx.url, TRUSTED_PROXIES="127.0.0.1").prepare().start()
    nginx.configure([site.port])
    nginx.start()
    visitors = await welcome(site)
    ana = await visitors.sign_up("ana", base_url=nginx.url, user_agent=FIREFOX)
    slug = await make_room(ana, "Behind")
    await say(ana, "mine")
    message = ana.locator("message-list .message")
    said = ana.locator("typing-line")
    await expect(message).to_have_count(1)

    site.kill()
    await message.hover()
    await message.locator("[data-action=edit]").click()
    await expect(said).to_have_text("That was not done.")
    await expect(said).to_be_empty()
    await expect(ana.locator(".connection--live")).to_have_count(0)
    await message.locator("[data-action=delete]").click()
    await ana.click("#delete-question button[value=delete]")
    await expect(said).to_have_text("That was not done.")
    site.start()
    await ana.goto(f"/rooms/{slug}/settings")
    await ana.fill("#id_topic", "ten minutes of thought")
    site.kill()
    await ana.click("#do-change")
    await expect(ana.locator("form:has(#id_topic) + .notice")).to_have_text("That was not done.")
    site.start()
    await press(ana, ana.locator("#do-change"))

    await ana.reload()
    await expect(ana.locator("#id_topic")).to_have_value("ten minutes of thought")
