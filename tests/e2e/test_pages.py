from __future__ import annotations

import pytest

from tests.e2e.conftest import Visitors

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENTRANCES = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
OWN = [
    "/rooms/",
    "/rooms/general/",
    "/rooms/general/settings",
    "/people/",
    "/people/demo/",
    "/account/",
    "/account/tokens/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/accounts/logout/",
]
SIZES = [(1280, 800, "light"), (390, 844, "dark"), (320, 640, "light")]


@pytest.mark.parametrize(("width", "height", "scheme"), SIZES)
async def test_no_page_scrolls_sideways_or_complains(visitors: Visitors, width: int, height: int, scheme: str) -> None:
    page = await visitors.sign_up(f"walker-{width}", viewport={"width": width, "height": height}, color_scheme=scheme)
    stranger = await visitors.open("/", viewport={"width": width, "height": height}, color_scheme=scheme)

    wide = []
    for visitor, paths in ((page, OWN), (stranger, ENTRANCES)):
        for path in paths:
            await visitor.goto(path)
            if await visitor.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append(path)

    assert wide == []


async def test_the_rooms_are_a_drawer_on_a_phone(visitors: Visitors) -> None:
    page = await visitors.sign_up("phone", viewport={"width": 390, "height": 844})
    drawer = page.locator("#rooms")

    assert await drawer.is_visible() is False
    await page.click(".header__menu")
    await drawer.wait_for(state="visible")
    await page.keyboard.press("Escape")
    await drawer.wait_for(state="hidden")


async def test_light_and_dark_are_chosen_and_kept(visitors: Visitors) -> None:
    page = await visitors.sign_up("night", color_scheme="light")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    by_day = await page.evaluate(background)

    await page.click("theme-switch button")
    await page.click("theme-switch button")
    by_night = await page.evaluate(background)
    await page.reload()

    assert by_day != by_night == await page.evaluate(background)
