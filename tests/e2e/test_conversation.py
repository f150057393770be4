from __future__ import annotations

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.e2e.conftest import Visitors, make_room, open_around, say, say_lines, scripted, send_form, words
from tests.factories import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_signing_up_leads_into_general_and_has_an_assistant_waiting(visitors: Visitors) -> None:
    page = await visitors.open("/accounts/signup/")

    await page.fill("#id_username", "newcomer")
    await page.fill("#id_password1", PASSWORD)
    await page.fill("#id_password2", PASSWORD)
    await page.click("button:has-text('Sign up')")
    await page.wait_for_selector(".connection--live")

    await expect(page).to_have_title("General · Chat")
    await expect(page.locator(".room-link__name")).to_have_text(["New chat", "General", "demo"])


async def test_the_directory_makes_a_room_and_leads_into_it(visitors: Visitors) -> None:
    page = await visitors.sign_up("founder")

    await page.goto("/rooms/")
    await page.click("summary:has-text('New room')")
    await page.fill("#id_name", "Founded")
    await page.click("button:has-text('Make the room')")

    await page.wait_for_url("**/rooms/founded/")
    await page.wait_for_selector(".connection--live")
    await expect(page).to_have_title("Founded · Chat")


async def test_what_one_says_the_other_reads_at_once(visitors: Visitors) -> None:
    ana = await visitors.sign_up("ana")
    ben = await visitors.sign_up("ben", await make_room(ana, "Talk"))

    await say(ana, "hello **ben**")
    await expect(ben.locator("message-list .prose strong")).to_have_text("ben")
    await say(ben, "hello ana")

    for page in (ana, ben):
        await expect(page.locator("message-list .prose")).to_have_text(["hello ben", "hello ana"])
    await expect(ana.locator("message-outbox .message")).to_have_count(0)


async def test_a_message_is_shown_once_and_in_its_place_however_it_comes(visitors: Visitors) -> None:
    ana = await visitors.sign_up("twice")
    slug = await make_room(ana, "Once")
    await say_lines(ana, 5)
    await expect(ana.locator("message-list .message")).to_have_count(5)

    frames = await ana.evaluate(
        """() => [...document.querySelectorAll("message-list .message")].reverse().map(article => {
            const frame = document.createElement("chat-frame")
            frame.setAttribute("type", "message.created")
            frame.append(article.cloneNode(true))
            article.remove()
            return frame.outerHTML
        })"""
    )
    for frame in [*frames, *frames]:
        await ana.evaluate(
            """html => {
                const frame = new DOMParser().parseFromString(html, "text/html").querySelector("chat-frame")
                document.dispatchEvent(new CustomEvent("live:html", { detail: frame }))
            }""",
            frame,
        )

    assert await words(ana) == [f"line {number}" for number in range(1, 6)]
    assert slug == "once"


async def test_editing_in_place_and_deleting_reach_everybody(visitors: Visitors) -> None:
    ana = await visitors.sign_up("editor")
    ben = await visitors.sign_up("reader", await make_room(ana, "Edit"))
    await say(ana, "teh cat")
    await expect(ana.locator("message-list .message")).to_have_count(1)

    await ana.press("#text", "ArrowUp")
    await ana.fill("message-edit textarea", "the cat")
    await ana.press("message-edit textarea", "Enter")
    await expect(ben.locator("message-list .prose")).to_have_text("the cat")
    await expect(ben.locator(".message__edited")).to_have_count(1)
    await expect(ben.locator("[data-action=edit]")).to_be_hidden()
    await expect(ana.locator("message-list .prose")).to_have_text("the cat")

    await ana.hover("message-list .message")
    await ana.click("[data-action=delete]")
    await ana.click("#delete-question button[value=delete]")
    await expect(ben.locator(".message--gone .message__body")).to_have_text("A message was deleted.")
    await expect(ana.locator(".message--gone .message__body")).to_have_text("A message was deleted.")


async def test_an_edit_that_is_refused_keeps_what_was_typed(visitors: Visitors) -> None:
    ana = await visitors.sign_up("blank")
    await make_room(ana, "Blanks")
    await say(ana, "something")
    await expect(ana.locator("message-list .message")).to_have_count(1)

    await ana.press("#text", "ArrowUp")
    await ana.fill("message-edit textarea", "   ")
    await ana.press("message-edit textarea", "Enter")
    await expect(ana.locator("message-edit [role=alert]")).to_have_text("There is nothing to send.")
    assert await ana.input_value("message-edit textarea") == "   "
    await ana.press("message-edit textarea", "Escape")

    await expect(ana.locator("message-list .prose")).to_have_text("something")
    (expected,) = visitors.complaints
    assert "status of 422" in expected
    visitors.complaints.clear()


async def test_answering_quotes_and_follows_what_becomes_of_the_quoted(visitors: Visitors) -> None:
    ana = await visitors.sign_up("quoted")
    ben = await visitors.sign_up("quoting", await make_room(ana, "Quote"))
    await say(ana, "who waters?")

    await ben.hover("message-list .message")
    await ben.click("[data-action=reply]")
    await say(ben, "I do")
    await expect(ana.locator("message-list .message__quote")).to_have_text("quoted who waters?")

    await ana.press("#text", "ArrowUp")
    await ana.fill("message-edit textarea", "who *waters*:\n1. on Sunday?\n```sh\nwater\n```")
    await ana.press("message-edit textarea", "Enter")
    for page in (ana, ben):
        quote = page.locator("message-list .message__quote")
        await expect(quote).to_have_text("quoted who waters: 1. on Sunday? water")
        await page.reload()
        await page.wait_for_selector(".connection--live")
        await expect(quote).to_have_text("quoted who waters: 1. on Sunday? water")

    await ben.hover("message-list .message >> nth=0")
    await ben.click("message-list .message >> nth=0 >> [data-action=reply]")
    await expect(ben.locator(".composer__context")).to_have_text("quoted who waters: on Sunday? water")


async def test_another_room_says_that_something_is_new_and_who_called(visitors: Visitors) -> None:
    ana = await visitors.sign_up("caller")
    slug = await make_room(ana, "Calls")
    ben = await visitors.sign_up("called", slug)
    await say(ben, "I am here")
    await expect(ben.locator("message-list .message")).to_have_count(1)
    await visitors.enter(ben, "general")
    row = ben.locator(f"room-link[data-room={slug}]")

    await say(ana, "nobody in particular")
    await expect(row.locator(".room-link--unread .room-link__count")).to_have_text("1 unread")
    await say(ana, "@called you")
    await expect(row.locator(".room-link--mention .room-link__count")).to_have_text("@ 1 with your name")

    await visitors.enter(ben, slug)
    await expect(row.locator(".room-link__count")).to_have_text("")


async def test_typing_is_shown_to_others_and_ends_with_the_message(visitors: Visitors) -> None:
    ana = await visitors.sign_up("typist")
    ben = await visitors.sign_up("watcher", await make_room(ana, "Typing"))

    await ana.locator("#text").press_sequentially("hel")
    await expect(ben.locator("typing-line")).to_have_text("typist is writing")
    await ana.press("#text", "Enter")
    await expect(ben.locator("typing-line")).to_have_text("")


async def test_who_writes_is_called_as_the_conversation_calls_them(visitors: Visitors) -> None:
    ana = await visitors.sign_up("typist-2")
    profile = {"display_name": "Ana of the Keys", "avatar_emoji": "", "avatar_tint": "0", "time_zone": ""}
    await send_form(ana, "/account/", **profile)
    ben = await visitors.sign_up("watcher-2", await make_room(ana, "Typing names"))
    await say(ana, "hello")
    await expect(ben.locator("message-list .message__author")).to_have_text("Ana of the Keys")
    await ana.reload()  # what was typed for the message has just been told
    await ana.wait_for_selector(".connection--live")

    await ana.locator("#text").press_sequentially("hel")

    await expect(ben.locator("typing-line")).to_have_text("Ana of the Keys is writing")


async def test_what_is_refused_says_why_and_can_be_mended(visitors: Visitors) -> None:
    ana = await visitors.sign_up("verbose")
    await make_room(ana, "Refusals")

    await ana.evaluate(
        """() => document.dispatchEvent(new CustomEvent("outbox:say", { detail: { text: "x".repeat(16001) } }))"""
    )
    failed = ana.locator("message-outbox .message--failed")
    await expect(failed.locator("[role=alert]")).to_have_text("A message has at most 16,000 characters.")
    await say(ana, "short")
    await expect(ana.locator("message-list .prose")).to_have_text("short")
    await ana.reload()
    await expect(failed).to_have_count(1)

    await failed.locator("[data-do=discard]").click()
    await expect(failed).to_have_count(0)


async def test_without_a_socket_messages_go_by_plain_requests(visitors: Visitors) -> None:
    ana = await visitors.sign_up("walled")
    slug = await make_room(ana, "Walls")
    await ana.route_web_socket("**/ws/**", _refuse)
    await ana.goto(f"/rooms/{slug}/")
    await scripted(ana)

    await say(ana, "over the wall")
    await say(ana, "and again")

    await expect(ana.locator("message-list .prose")).to_have_text(["over the wall", "and again"])
    await expect(ana.locator("message-outbox .message")).to_have_count(0)


async def test_a_session_that_ends_elsewhere_is_told_so(visitors: Visitors) -> None:
    ana = await visitors.sign_up("leaver")
    other_tab = await ana.context.new_page()
    await other_tab.goto("/accounts/logout/")
    await other_tab.click("button:has-text('Sign out')")

    await expect(ana.locator("connection-light")).to_contain_text("Signed out")


async def test_losing_the_room_leads_away_with_a_word(visitors: Visitors) -> None:
    ana = await visitors.sign_up("owner")
    slug = await make_room(ana, "Private talk")
    ben = await visitors.sign_up("guest", slug)

    await ana.goto(f"/rooms/{slug}/settings")
    await ana.check("input[name=kind][value=private]")
    await ana.click("button[value=change]")

    await ben.wait_for_url("**/rooms/?gone=*")
    await expect(ben.locator(".notice")).to_have_text("You were in a room that is no longer yours to read.")


async def test_history_comes_while_one_scrolls_and_the_place_is_kept(visitors: Visitors) -> None:
    ana = await visitors.sign_up("keeper-of-places")
    await make_room(ana, "History")
    await say_lines(ana, 75)
    await expect(ana.locator("message-list .message")).to_have_count(75)
    await ana.reload()
    await ana.wait_for_selector(".connection--live")
    await expect(ana.locator("message-list .message")).to_have_count(50)
    await expect(ana.locator("message-list .message").last).to_be_in_viewport()

    await _scroll_up(ana)
    await expect(ana.locator("message-list .message")).to_have_count(75)

    await expect(ana.locator("message-list .message", has_text="line 26")).to_be_in_viewport()
    assert await words(ana) == [f"line {number}" for number in range(1, 76)]
    await expect(ana.locator(".pill")).to_be_visible()
    await ana.click("new-pill button")
    await expect(ana.locator("message-list .message").last).to_be_in_viewport()


async def test_a_link_opens_a_message_in_its_place_and_what_is_new_leaves_no_hole(visitors: Visitors) -> None:
    ana = await visitors.sign_up("linker")
    slug = await make_room(ana, "Links")
    await say_lines(ana, 120)
    await expect(ana.locator("message-list .message", has_text="line 120")).to_have_count(1)
    ben = await visitors.sign_up("linked", slug)

    await open_around(ben, slug, 40)
    await ben.evaluate("document.querySelector('.log').scrollTop = 0")
    await say(ana, "line 121")
    await expect(ben.locator("new-pill")).to_contain_text("new")
    first_page_of_the_later = ben.locator("message-list .message", has_text="line 114")
    await expect(first_page_of_the_later).to_have_count(1)
    await ben.evaluate("document.querySelector('.log').scrollTop = 0")
    await expect(ben.locator(".log__later")).to_have_count(0)

    shown = await words(ben)
    assert shown == [f"line {number}" for number in range(122 - len(shown), 122)]


async def _refuse(socket: WebSocketRoute) -> None:
    await socket.close(code=1013)


async def _scroll_up(page: Page) -> None:
    await page.evaluate("document.querySelector('.log').scrollTop = -1e6")
