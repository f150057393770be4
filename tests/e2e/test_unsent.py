"""Nobody waits for an answer: what is typed between a press and its answer stays, and so do place and focus."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.conftest import Visitors, make_room, press, send_form
from tests.factories import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCROLLED = "document.querySelector('.directory').scrollTop"


class Held:
    """What is posted is on its way until it is let go; then so is what the server says."""

    def __init__(self) -> None:
        self.may_go, self.may_come = asyncio.Event(), asyncio.Event()
        self.came = asyncio.Event()
        self.may_come.set()

    async def __call__(self, route: Route) -> None:
        if route.request.method != "POST":
            await route.continue_()
            return
        self.came.set()
        await self.may_go.wait()
        answer = await route.fetch(max_redirects=0)
        await self.may_come.wait()
        await route.fulfill(response=answer)


async def test_what_is_typed_after_a_press_is_there_when_the_answer_has_come(visitors: Visitors) -> None:
    ana, held = await _owner(visitors, "types-on")
    await ana.fill("#id_instructions", "not sent yet")
    await ana.fill("#id_name", "Sent")
    await ana.evaluate("document.getElementById('main').dataset.isBefore = ''")

    await ana.click("#do-change")
    await held.came.wait()
    await ana.fill("#id_user", "somebo")
    await ana.locator("#id_topic").press_sequentially("on and on")
    await ana.keyboard.press("ArrowLeft")
    held.may_go.set()
    await expect(ana.locator("#main[data-is-before]")).to_have_count(0)

    await expect(ana.locator("#id_topic")).to_be_focused()
    await ana.keyboard.type("!")
    await expect(ana.locator("#id_topic")).to_have_value("on and o!n")
    await expect(ana.locator("#id_user")).to_have_value("somebo")
    await expect(ana.locator("#id_instructions")).to_have_value("not sent yet")
    await expect(ana.locator("#id_name")).to_have_value("Sent")
    await expect(ana.locator("#settings-name")).to_have_text("Sent")


async def test_what_is_pressed_twice_is_done_once(visitors: Visitors) -> None:
    ana, held = await visitors.sign_up("presses-twice"), Held()
    posts: list[str] = []
    ana.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    await ana.goto("/rooms/?new=1")
    await ana.route("**/rooms/", held)
    await ana.fill("#id_name", "Made once")

    await ana.locator("button:has-text('Make the room')").dblclick()
    await held.came.wait()
    held.may_go.set()
    await ana.wait_for_selector(".connection--live")

    assert len(posts) == 1
    await expect(ana).to_have_title("Made once · Chat")


async def test_what_was_sent_does_not_come_back(visitors: Visitors) -> None:
    ana, held = await _owner(visitors, "types-once")
    held.may_go.set()
    await visitors.sign_up("is-brought-in")

    await ana.fill("#id_user", "is-brought-in")
    await press(ana, ana.locator("#do-add"))

    await expect(ana.locator("#member-list")).to_contain_text("@is-brought-in")
    await expect(ana.locator("#id_user")).to_have_value("")


async def test_what_was_typed_when_the_sign_in_ended_is_saved_after_the_next_one(visitors: Visitors) -> None:
    ana, held = await _owner(visitors, "types-long")
    held.may_go.set()
    await ana.fill("#id_topic", "ten minutes of thought")
    await send_form(ana, "/accounts/logout/")
    await ana.click("#do-change")
    await expect(ana.locator("form:has(#id_topic) + .notice")).to_contain_text("You are signed out.")

    await send_form(ana, "/accounts/login/", login="types-long", password=PASSWORD)
    await press(ana, ana.locator("#do-change"))

    await expect(ana.locator("#id_topic")).to_have_value("ten minutes of thought")
    await ana.reload()
    await expect(ana.locator("#id_topic")).to_have_value("ten minutes of thought")
    (refused,) = visitors.complaints
    assert "status of 403" in refused
    visitors.complaints.clear()


async def test_but_whoever_else_signs_in_next_saves_nothing_of_it(visitors: Visitors) -> None:
    await visitors.sign_up("takes-over")
    ana, held = await _owner(visitors, "leaves-it")
    held.may_go.set()
    await ana.fill("#id_topic", "a thought of hers")
    await send_form(ana, "/accounts/logout/")
    await send_form(ana, "/accounts/login/", login="takes-over", password=PASSWORD)

    await ana.click("#do-change")

    await expect(ana.locator("h1")).to_have_text("This form is too old")
    visitors.complaints.clear()


async def test_without_a_connection_a_form_says_so_where_it_is_seen(visitors: Visitors) -> None:
    ana, held = await _owner(visitors, "cut-off-form")
    held.may_go.set()
    await ana.fill("#id_topic", "typed offline")
    await ana.context.set_offline(True)

    await ana.click("#do-change")

    await expect(ana.locator("form:has(#id_topic) + .notice")).to_contain_text("There is no connection.")
    await expect(ana.locator("#id_topic")).to_have_value("typed offline")


async def test_by_keyboard_one_stays_at_the_button_and_the_page_where_it_was(visitors: Visitors) -> None:
    ana, held = await _owner(visitors, "presses-on", viewport={"width": 800, "height": 400})
    held.may_go.set()
    row = ana.locator("#assistants li", has_text="@demo")

    await row.locator("button[value=add]").focus()
    await ana.evaluate("document.getElementById('main').dataset.isBefore = ''")
    await ana.keyboard.press("Enter")
    await expect(ana.locator("#main[data-is-before]")).to_have_count(0)
    await expect(row.locator("button:has-text('Remove')")).to_be_focused()
    assert await ana.evaluate("document.querySelector('.directory').scrollTop") > 0

    await press(ana, row.locator("button:has-text('Always')"))
    await expect(row).to_contain_text("answers every message")
    await expect(row.locator("button:has-text('Always')")).to_be_focused()
    await expect(row.locator("button:has-text('Always')")).to_be_in_viewport()


async def test_what_was_done_is_seen_and_heard_where_one_is(visitors: Visitors) -> None:
    for number in range(1, 7):
        visitors.site.order("addassistant", f"in-line-{number}", "--provider", "demo")
    ana, held = await _owner(visitors, "told-in-place", viewport={"width": 800, "height": 400})
    held.may_go.set()
    row, notice = ana.locator("#assistants li", has_text="@in-line-3,"), ana.locator(".notice")
    await row.scroll_into_view_if_needed()
    place = await ana.evaluate(SCROLLED)
    assert place > 0

    held.may_come.clear()

    pressed = asyncio.create_task(press(ana, row.locator("button[value=add]")))
    await expect(row).to_contain_text("answers when it is named")  # as everybody's page is told
    held.may_come.set()
    await pressed
    await expect(notice).to_have_text("in-line-3 is in this room now.")
    await expect(notice).to_be_in_viewport(ratio=1)
    await expect(ana.locator("room-frame")).to_have_text("in-line-3 is in this room now.")
    assert await ana.evaluate(SCROLLED) == place  # though its row is among those of this room now
    await press(ana, row.locator("button[value=remove]"))

    await expect(notice).to_have_text("in-line-3 is no longer in this room.")
    await expect(notice).to_be_in_viewport(ratio=1)
    await ana.fill("#id_topic", "as told")
    await press(ana, ana.locator("#do-change"))
    await expect(notice).to_have_text("Saved.")
    await expect(notice).to_be_in_viewport(ratio=1)


async def test_people_are_found_while_one_types_and_stay_found_when_one_of_them_is_removed(visitors: Visitors) -> None:
    ana, held = await _owner(visitors, "finds-some")
    held.may_go.set()
    for name in ("found-one", "found-two"):
        await visitors.sign_up(name)
        await ana.fill("#id_user", name)
        await press(ana, ana.locator("#do-add"))
    names, find = ana.locator("#member-list .directory__name"), ana.locator("#member-filter")
    await ana.goto(f"{ana.url}?q=zzz")
    await expect(ana.locator("#member-list")).to_contain_text("Nobody in this room is called zzz.")

    await find.fill("found")
    await expect(names).to_have_text(["found-one", "found-two"])
    await press(ana, ana.locator("#member-list li", has_text="found-one").locator("button[value=remove]"))

    await expect(names).to_have_text(["found-two"])
    await expect(find).to_have_value("found")
    await expect(ana.locator("#member-count")).to_have_text("2 people")
    await find.fill("finds")
    await expect(names).to_have_text(["finds-some"])
    await press(ana, ana.locator("#do-change"))
    await expect(find).to_have_value("found")  # as the address says, and the list
    await expect(names).to_have_text(["found-two"])


async def _owner(visitors: Visitors, name: str, **options: Any) -> tuple[Page, Held]:
    ana = await visitors.sign_up(name, **options)
    slug = await make_room(ana, f"Of {name}")
    await ana.goto(f"/rooms/{slug}/settings")
    held = Held()
    await ana.route("**/settings", held)
    return ana, held
