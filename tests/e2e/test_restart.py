from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import QUICK, Welcome, say, words
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_server_killed_while_three_messages_are_typed_loses_none(
    welcome: Welcome, site_factory: Callable[..., Site]
) -> None:
    site = site_factory(**QUICK).prepare().start()
    visitors = await welcome(site)
    ana, ben = await visitors.sign_up("ana"), await visitors.sign_up("ben")
    await say(ana, "before")
    await expect(ben.locator("message-list .prose")).to_have_text("before")
    await expect(ana.locator("message-outbox .message")).to_have_count(0)  # Ben may hear of it before her

    site.kill()
    for number in (1, 2, 3):
        await say(ana, f"message {number}")
    await expect(ana.locator("message-outbox .message--pending")).to_have_count(3)
    await expect(ana.locator("connection-light")).to_contain_text("Reconnecting")
    site.start()

    expected = ["before", "message 1", "message 2", "message 3"]
    for page in (ana, ben):
        await expect(page.locator("message-list .prose")).to_have_text(expected)
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    await ben.reload()
    assert await words(ben) == expected


async def test_what_was_written_while_the_server_was_away_survives_closing_the_page(
    welcome: Welcome, site_factory: Callable[..., Site]
) -> None:
    site = site_factory(**QUICK).prepare().start()
    visitors = await welcome(site)
    ana = await visitors.sign_up("ana")
    site.kill()
    await say(ana, "kept")
    await expect(ana.locator("message-outbox .message--pending")).to_have_count(1)
    await ana.close()
    site.start()

    again = await ana.context.new_page()
    await again.goto("/rooms/general/")

    await expect(again.locator("message-list .prose")).to_have_text("kept")
    await expect(again.locator("message-outbox .message")).to_have_count(0)


async def test_a_reply_interrupted_by_kill_is_written_anew_before_the_same_eyes(
    welcome: Welcome, site_factory: Callable[..., Site]
) -> None:
    site = site_factory(**QUICK).prepare().start()
    ana = await (await welcome(site)).sign_up("ana")
    await say(ana, "@demo tell me something long")
    await ana.wait_for_function("() => (document.querySelector('.reply reply-body')?.innerText.length ?? 0) > 100")

    site.kill()
    site.start()

    await expect(ana.locator(".reply--complete")).to_have_count(1, timeout=90_000)
    shown = await ana.inner_text(".reply reply-body")
    await ana.reload()
    assert await ana.inner_text(".reply reply-body") == shown
