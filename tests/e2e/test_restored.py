"""A page that stays open while an earlier backup is put back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import QUICK, Welcome, make_room, say
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_open_page_shows_the_room_as_it_was_restored_and_what_is_said_since(
    welcome: Welcome, site_factory: Callable[..., Site], tmp_path: Path
) -> None:
    """The next messages have numbers, and places, that others had before: the page would take them for those."""
    site = site_factory(**QUICK).prepare().start()
    people = await welcome(site)
    ana = await people.sign_up("ana")
    slug = await make_room(ana, "Restored")
    ben = await people.sign_up("ben", slug)
    await say(ana, "kept")
    await expect(ben.locator("message-list .prose")).to_have_text(["kept"])
    site.manage("backup", str(tmp_path / "kept.tar"))
    for text in ("gone", "gone, too", "and this"):
        await say(ana, text)
    await expect(ben.locator("message-list .message__body")).to_contain_text(["kept", "gone", "gone, too", "and this"])
    await expect(ana.locator("message-outbox .message")).to_have_count(0)  # Ben may hear of it before her

    site.stop()
    site.manage("restore", str(tmp_path / "kept.tar"), "--replace")
    site.start()

    texts = ana.locator("message-list .prose")
    await expect(texts).to_have_text(["kept"])
    await say(ben, "said since")
    await expect(texts).to_have_text(["kept", "said since"])
    await expect(ben.locator("message-list .prose")).to_have_text(["kept", "said since"])
