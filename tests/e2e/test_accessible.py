"""WCAG 2.2 AA: what a program can tell (axe-core), and what it cannot: focus, sizes, zoom, direction, announcements."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.axe import FOR_AXE, findings, findings_on
from tests.e2e.conftest import Visitors, make_room, say, say_lines
from tests.e2e.pictures import choose, picture, text_file
from tests.e2e.scrolling import scroll
from tests.pages import ACCOUNT
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

ENTRANCES = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-bad/",
]
OWN = [
    "/rooms/",
    "/rooms/?new=1",
    "/rooms/?q=nothing-like-it",
    "/rooms/{room}/",
    "/rooms/{room}/?around=1",
    "/rooms/{room}/settings",
    "/rooms/{room}/export",
    "/rooms/{room}/leave",
    "/rooms/{room}/messages/?before=3",
    "/chats/",
    "/chats/?q=nothing-like-it",
    "/chats/new/",
    "/chats/{chat}/rename",
    "/chats/{chat}/delete",
    "/rooms/{chat}/",
    "/rooms/{chat}/settings",
    "/people/",
    "/people/demo/",
    "/search/",
    "/search/?q=heading",
    "/search/?q=nothing-like-it",
    "/help/writing/",
    *ACCOUNT,
    "/accounts/2fa/totp/activate/",
]
STAFF = [
    "/admin/",
    "/admin/chat/message/",
    "/admin/chat/assistant/",
    "/admin/chat/room/",
    "/admin/chat/room/add/",
    "/admin/chat/user/",
    "/admin/chat/user/add/",
    "/admin/chat/reply/",
    "/admin/chat/usagerecord/report/",
    "/admin/chat/usagelimit/add/",
]


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE["viewport"]], ids=["desk", "phone"])
async def test_axe_finds_nothing_on_any_page_in_either_theme(visitors: Visitors, viewport: dict[str, int]) -> None:
    ana = await visitors.sign_up(f"axe-{viewport['width']}", viewport=viewport, **FOR_AXE)
    room = await make_room(ana, f"Axe {viewport['width']}")
    await say(ana, "## heading\n\n```python\nprint(1)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    await say_lines(ana, 3)
    await ana.goto("/chats/new/")
    await ana.click("button[name=assistant]")
    await ana.wait_for_selector(".connection--live")
    await say_lines(ana, 1)
    chat = ana.url.rstrip("/").rpartition("/")[2]
    stranger = await visitors.open("/", viewport=viewport, **FOR_AXE)

    found = await findings_on(stranger, ENTRANCES)
    found += await findings_on(ana, [path.format(room=room, chat=chat) for path in OWN])

    assert found == []


async def test_the_browser_has_a_name_for_all_that_can_be_pressed(visitors: Visitors) -> None:
    ana = await visitors.sign_up("named")
    await make_room(ana, "Named")
    await say(ana, "```python\nprint(1)\n```")
    await expect(ana.locator("code-copy")).to_have_count(1)

    browser = await ana.context.new_cdp_session(ana)
    tree = await browser.send("Accessibility.getFullAXTree")

    controls = [node for node in tree["nodes"] if node["role"]["value"] in ("button", "link", "textbox")]
    assert "Copy" in [node["name"]["value"].strip() for node in controls]
    assert [node for node in controls if not node["name"]["value"].strip()] == []


async def test_axe_finds_nothing_about_files(visitors: Visitors) -> None:
    """Chosen, sent, and a picture seen large."""
    ana = await visitors.sign_up("axe-files", **FOR_AXE)
    room = await make_room(ana, "Axe files")
    await choose(ana, picture("one.png", (300, 200)), picture("dot.png", (3, 3)), text_file("one.txt"))
    await say(ana, "sent")
    await expect(ana.locator("message-list .attachment")).to_have_count(3)
    message = await ana.get_attribute("message-list .message", "id") or ""
    await choose(ana, picture("two.png", (300, 200)), text_file("two.txt"))

    found = await findings_on(ana, [f"/messages/{message.removeprefix('message-')}/", f"/rooms/{room}/"])
    await expect(ana.locator(".files__one")).to_have_count(2)
    found += await findings(ana)
    await ana.click("message-list .attachment--picture:has([alt='one.png'])")
    await expect(ana.locator(".viewer")).to_be_visible()

    assert found + await findings(ana) == []


async def test_axe_finds_nothing_in_the_pages_for_staff(visitors: Visitors, shared_site: Site) -> None:
    ana = await visitors.sign_up("axe-desk", **FOR_AXE)
    await say(ana, "something to list")
    shared_site.order("adduser", "axe-desk", "--staff")

    found = await findings_on(ana, STAFF)
    await ana.set_viewport_size(PHONE["viewport"])
    await ana.goto("/admin/chat/message/?q=something")
    found += await findings(ana)

    assert found == []


async def test_a_message_is_announced_once_and_a_reply_when_it_is_whole(visitors: Visitors) -> None:
    ana = await visitors.sign_up("listener")
    await ana.click(".room-link--assistant")
    await ana.wait_for_selector("chat-live[data-kind=direct] .connection--live")
    await ana.evaluate(_LISTEN)

    await say(ana, "count to five")
    await expect(ana.locator("message-list .reply--complete")).to_have_count(1)
    await expect(ana.locator("message-outbox .message")).to_have_count(0)

    spoken = await ana.evaluate("window.spoken")
    assert await ana.locator(".log").get_attribute("role") == "log"
    assert spoken == ["own", "reply--complete"]


async def test_of_earlier_messages_nothing_is_read_out_and_of_what_is_said_then_all(visitors: Visitors) -> None:
    ana = await visitors.sign_up("history-heard")
    slug = await make_room(ana, "Heard")
    await say_lines(ana, 120)
    ben = await visitors.sign_up("history-hearer", slug)
    await ben.evaluate(_LISTEN)

    await scroll(ben, -1_000_000)
    await expect(ben.locator("message-list .message")).to_have_count(100)
    await ben.evaluate("document.querySelector('history-pages').toNewest()")
    await expect(ben.locator("message-list .message")).to_have_count(50)

    assert await ben.evaluate("window.spoken") == []
    await expect(ben.locator(".log[aria-live]")).to_have_count(0)
    await say(ana, "this is new")
    await expect(ben.locator("message-list .message", has_text="this is new")).to_be_visible()
    assert await ben.evaluate("window.spoken") == ["other"]


async def test_the_focus_stays_where_it_was_when_things_are_swapped(visitors: Visitors) -> None:
    ana = await visitors.sign_up("holder")
    slug = await make_room(ana, "Swaps")
    ben = await visitors.sign_up("changer", slug)
    await say(ana, "to be changed")
    await say(ana, "to be kept")
    await expect(ana.locator("message-list .message")).to_have_count(2)

    await ana.focus("room-link[data-room=general] a")
    await ben.goto("/people/holder/")
    await ben.click("button:has-text('Write to')")
    await ben.wait_for_selector(".connection--live")
    await say(ben, "a new row in the sidebar")

    await expect(ana.locator("room-link", has_text="changer")).to_have_count(1)
    await expect(ana.locator("room-link[data-room=general] a")).to_be_focused()


async def test_at_200_percent_nothing_is_lost_or_wide(visitors: Visitors) -> None:
    ana = await visitors.sign_up("zoomer", viewport={"width": 640, "height": 400}, device_scale_factor=2)
    room = await make_room(ana, "Zoomed")
    await say(ana, "x" * 300)
    await expect(ana.locator("message-list .message")).to_have_count(1)

    for path in (f"/rooms/{room}/", f"/rooms/{room}/settings", "/rooms/", "/people/", "/account/"):
        await ana.goto(path)
        assert (path, await ana.evaluate("document.documentElement.scrollWidth <= innerWidth")) == (path, True)
    await ana.goto(f"/rooms/{room}/")
    await expect(ana.locator("#text")).to_be_in_viewport(ratio=1)
    assert await ana.evaluate("document.querySelector('.log').clientHeight") > 100


async def test_right_to_left_turns_the_desk_and_each_text_goes_its_own_way(visitors: Visitors) -> None:
    ana = await visitors.sign_up("righty")
    await make_room(ana, "אדריכלות")
    await say(ana, "تقرير المساء جاهز")
    await say(ana, "and in English")
    await expect(ana.locator("message-list .message")).to_have_count(2)

    directions = await ana.evaluate(
        "() => [...document.querySelectorAll('message-list .prose')].map(body => getComputedStyle(body).direction)"
    )
    await ana.evaluate("document.documentElement.dir = 'rtl'")
    rooms = await ana.locator("#rooms").bounding_box()
    pane = await ana.locator("#main").bounding_box()

    assert directions == ["rtl", "ltr"]
    assert rooms is not None
    assert pane is not None
    assert rooms["x"] >= pane["x"] + pane["width"] - 1
    assert await ana.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_finger_finds_44_pixels_everywhere(visitors: Visitors) -> None:
    ana = await visitors.sign_up("toucher", **PHONE)
    room = await make_room(ana, "Fingers")
    await ana.fill("#text", "press me")
    await ana.tap(".composer__send")
    await expect(ana.locator("message-list .message")).to_have_count(1)

    small = []
    for path in (
        f"/rooms/{room}/",
        f"/rooms/{room}/settings",
        "/rooms/?new=1",
        "/chats/",
        "/chats/new/",
        "/people/",
        "/search/",
        "/account/",
        "/account/tokens/",
        "/account/usage/",
    ):
        await ana.goto(path)
        small += [f"{path} {found}" for found in await ana.evaluate(_SMALL)]
        if await ana.locator(".header__menu").count():
            await ana.tap(".header__menu")
            await ana.wait_for_function(_IS_OPEN)
            small += [f"{path} drawer: {found}" for found in await ana.evaluate(_SMALL)]

    assert sorted(set(small)) == []


# What a screen reader is told, turn by turn: what is added outside of what is busy, and what is busy no more.
_LISTEN = """() => {
    window.spoken = []
    const isOwn = message => message.dataset.author === document.body.dataset.user
    const stateOf = message => [...message.classList].find(name => name.startsWith("reply--"))
    const kindOf = message => stateOf(message) ?? (isOwn(message) ? "own" : "other")
    new MutationObserver(changes => {
        const told = new Set()
        for (const { target, addedNodes, attributeName } of changes) {
            if (attributeName && target.ariaBusy !== "true") told.add(kindOf(target))
            for (const node of addedNodes) {
                const isSilent = target.closest("[aria-live=off], [aria-busy=true]") || node.ariaBusy === "true"
                if (!isSilent && node.matches?.(".message, .prose *")) told.add(kindOf(node.closest(".message")))
            }
        }
        window.spoken.push(...told)
    }).observe(document.querySelector(".log"), { childList: true, subtree: true, attributeFilter: ["aria-busy"] })
}"""

# Wherever it slides to.
_IS_OPEN = """() => {
    const drawer = document.getElementById("rooms")
    return drawer.matches(":popover-open") && !drawer.getAnimations().length
}"""

# How far around its middle a control is what is hit, up and down; links in running text are exempt (WCAG 2.5.8).
_SMALL = """() => [...document.querySelectorAll("a[href], button, summary, .check, .input")].flatMap(control => {
    control.scrollIntoView({ block: "center" })
    const box = control.getBoundingClientRect()
    const x = box.x + box.width / 2
    const y = box.y + box.height / 2
    const isHit = (atX, atY) => control.contains(document.elementFromPoint(atX, atY))
    const isHidden = !control.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || box.width < 2
    const isInText = control.closest("p:not(.field), .prose, .message__head, .message__quote")
    if (isHidden || isInText || y < 30 || y > innerHeight - 30 || !isHit(x, y)) return []
    let up = 0
    let down = 0
    while (up < 30 && isHit(x, y - up - 1)) up++
    while (down < 30 && isHit(x, y + down + 1)) down++
    return up + down + 1 >= 43 ? [] : [`${control.outerHTML.slice(0, 90)} ${up + down + 1}`]
})"""
