"""Light, dark, the site's own hue, and what a reader's system asks for."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import QUICK, Visitors, Welcome, make_room, say, send_form
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_light_and_dark_are_chosen_in_the_account_and_worn_by_every_tab(visitors: Visitors) -> None:
    ana = await visitors.sign_up("chooser", color_scheme="light")
    by_day = await _page_colour(ana)
    other_tab = await ana.context.new_page()
    await other_tab.goto("/account/")

    await other_tab.check("input[name=theme][value=dark]")
    await expect(ana.locator("html")).to_have_attribute("data-theme", "dark")
    by_night = await _page_colour(ana)
    await other_tab.reload()
    await expect(other_tab.locator("input[name=theme][value=dark]")).to_be_checked()
    await other_tab.check("input[name=theme][value='']")

    await expect(ana.locator("html:not([data-theme])")).to_have_count(1)
    assert await _page_colour(ana) == by_day != by_night


async def test_without_a_choice_the_page_follows_the_system(visitors: Visitors) -> None:
    ana = await visitors.sign_up("follower", color_scheme="dark")
    by_night = await _page_colour(ana)

    await ana.emulate_media(color_scheme="light")

    assert await _page_colour(ana) != by_night


async def test_the_pages_for_staff_share_the_choice(visitors: Visitors, shared_site: Site) -> None:
    ana = await visitors.sign_up("night-desk", color_scheme="light")
    shared_site.order("adduser", "night-desk", "--staff")
    await ana.goto("/account/")
    await ana.check("input[name=theme][value=dark]")

    await ana.goto("/admin/")
    assert await ana.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    for _ in ("light", "as the system"):
        await ana.click(".theme-toggle >> visible=true")
    await ana.goto("/rooms/general/")

    await expect(ana.locator("html:not([data-theme])")).to_have_count(1)
    await expect(ana.locator("theme-switch button")).to_have_attribute("title", "Light or dark: now as the system")


async def test_a_site_turns_the_accent_and_keeps_the_contrast(welcome: Welcome, tmp_path: Path) -> None:
    site = Site(tmp_path, {**QUICK, "SITE_ACCENT": "300"}).prepare().start()
    try:
        visitors = await welcome(site)
        page = await visitors.open("/accounts/login/", color_scheme="light", reduced_motion="reduce")  # no way between
        button = await page.evaluate(_CONTRAST, ".button--primary")
        await page.emulate_media(color_scheme="dark")
        button_by_night = await page.evaluate(_CONTRAST, ".button--primary")

        assert (
            await page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent-hue')") == "300"
        )
        assert min(button, button_by_night) >= 4.5
        assert visitors.complaints == []
    finally:
        site.stop()


async def test_who_asks_for_less_motion_gets_none(visitors: Visitors) -> None:
    ana = await visitors.sign_up("still", reduced_motion="reduce")

    moving = await ana.evaluate(
        """() => [...document.querySelectorAll("*")]
            .flatMap(node => ["", "::before", "::after"].map(part => getComputedStyle(node, part)))
            .filter(style => style.animationName !== "none" || parseFloat(style.transitionDuration) > 0).length"""
    )

    assert moving == 0


async def test_who_asks_for_more_contrast_gets_more(visitors: Visitors) -> None:
    ana = await visitors.sign_up("keen", color_scheme="light")
    usual = await ana.evaluate(_CONTRAST, ".rooms__heading")

    await ana.emulate_media(contrast="more")

    assert await ana.evaluate(_CONTRAST, ".rooms__heading") > max(usual, 7)


async def test_forced_colours_leave_edges_states_and_icons_to_be_seen(visitors: Visitors) -> None:
    ana = await visitors.sign_up("forced", forced_colors="active")

    seen = await ana.evaluate(
        """() => {
            const of = (selector, part) => getComputedStyle(document.querySelector(selector), part)
            return {
                button: of(".header__here").borderTopStyle,
                current: of("room-link [aria-current]").outlineStyle,
                icon: of(".composer__send .icon").backgroundColor !== of("html").backgroundColor,
                light: of("connection-light", "::before").backgroundColor !== of("html").backgroundColor,
            }
        }"""
    )

    assert seen == {"button": "solid", "current": "solid", "icon": True, "light": True}


async def test_in_forced_colours_what_is_pressed_and_ones_own_reaction_differ_from_the_rest(visitors: Visitors) -> None:
    ana = await visitors.sign_up("forced-pressed", forced_colors="active")
    await make_room(ana, "Forced")
    await say(ana, "```\nwide\n```")
    message = (await ana.get_attribute("message-list .message", "id") or "").removeprefix("message-")
    await send_form(ana, f"/messages/{message}/react/", emoji="👍")
    await expect(ana.locator(".reaction")).to_have_count(1)
    wrap = ana.locator("[data-do=wrap]")
    before = await wrap.evaluate("button => getComputedStyle(button).backgroundColor")

    await wrap.click()

    await expect(wrap).not_to_have_css("background-color", before)
    assert await ana.eval_on_selector(".reaction", "mine => getComputedStyle(mine).borderTopWidth") == "2px"


async def test_in_forced_colours_the_chosen_thumb_and_a_page_on_its_way_are_seen(
    visitors: Visitors, shared_site: Site
) -> None:
    shared_site.order("addroom", "forced-thumbs", "--assistant", "demo")
    ana = await visitors.sign_up("forced-thumbs-ana", "forced-thumbs", forced_colors="active")
    await say(ana, "@demo count to three")
    await ana.locator(".reply--complete .icon--good").click()
    thumb = "element => { const style = getComputedStyle(element); return [style.outlineStyle, style.outlineWidth] }"
    chosen, other = ana.locator(".sheet__thumbs .button:has(:checked)"), ana.locator(".sheet__thumbs .button").last
    await ana.locator("pop-sheet textarea").focus()

    assert await chosen.evaluate(thumb) == ["solid", "2px"] != await other.evaluate(thumb)
    going = """() => {
        document.body.toggleAttribute("data-going", true)
        return getComputedStyle(document.body, "::before").backgroundColor
    }"""
    assert await ana.evaluate(going) != await _page_colour(ana)


async def _page_colour(page: Page) -> str:
    return str(await page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


# Painted by a canvas, whatever the colour is written in; WCAG's formula.
_CONTRAST = """selector => {
    const pixel = colour => {
        const canvas = new OffscreenCanvas(1, 1).getContext("2d")
        canvas.fillStyle = colour
        canvas.fillRect(0, 0, 1, 1)
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
    }
    const luminance = colour => pixel(colour).map(value => value / 255)
        .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
        .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0)
    let node = document.querySelector(selector)
    const ink = luminance(getComputedStyle(node).color)
    while (getComputedStyle(node).backgroundColor === "rgba(0, 0, 0, 0)") node = node.parentElement ?? document.body
    const paper = luminance(getComputedStyle(node).backgroundColor)
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05)
}"""
