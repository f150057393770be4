"""A second factor, and the browsers one is signed in with: each once, from end to end."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors
from tests.factories import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_second_factor_is_set_up_and_asked_for(visitors: Visitors) -> None:
    ana = await visitors.sign_up("factor-ana")
    await ana.goto("/accounts/2fa/")
    await ana.click("a:has-text('Set up')")
    await ana.fill("#id_password", PASSWORD)  # it asks once more
    await ana.click("button:has-text('Go on')")
    secret = await ana.get_attribute("img", "alt") or ""
    await give_code(ana, secret, "button:has-text('Switch on')")
    await expect(ana.get_by_label("Codes that are left")).to_have_value(re.compile(r"^(\d{8}\n){10}$"))
    await ana.goto("/accounts/2fa/")
    await expect(ana.locator(".part").first).to_contain_text("It is on.")

    elsewhere = await sign_in(visitors, "factor-ana")
    await expect(elsewhere.locator("#id_code")).to_be_visible()
    await elsewhere.fill("#id_code", "000000")
    await elsewhere.click("button:has-text('Sign in')")
    await expect(elsewhere.get_by_text("This code is wrong, or too old.")).to_be_visible()
    await give_code(elsewhere, secret, "button:has-text('Sign in')")

    await elsewhere.wait_for_selector(".connection--live")


async def test_signing_out_everywhere_else_puts_out_the_light_there(visitors: Visitors) -> None:
    ana = await visitors.sign_up("sessions-ana")
    elsewhere = await sign_in(visitors, "sessions-ana")
    await elsewhere.wait_for_selector(".connection--live")

    await ana.goto("/accounts/sessions/")
    await expect(ana.locator(".directory__room")).to_have_count(2)
    await ana.click("button:has-text('Sign out everywhere else')")
    await expect(ana.locator(".directory__room")).to_have_count(1)

    await expect(elsewhere.locator(".connection--signed-out")).to_contain_text("Signed out")
    await visitors.enter(ana, "general")


async def sign_in(visitors: Visitors, name: str) -> Page:
    page = await visitors.open("/accounts/login/")
    await page.fill("#id_login", name)
    await page.fill("#id_password", PASSWORD)
    await page.click("button:has-text('Sign in')")
    return page


async def give_code(page: Page, secret: str, button: str) -> None:
    """It may end on its way: then its form is there again, and the next one is given."""
    for _ in range(3):
        await page.fill("#id_code", code_of(secret))
        await page.click(button)
        await page.wait_for_load_state()
        if not await page.locator("#id_code").count():
            return


def code_of(secret: str) -> str:
    """What the app on a phone shows now: RFC 6238."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    (number,) = struct.unpack(">I", digest[digest[-1] & 15 :][:4])
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"
