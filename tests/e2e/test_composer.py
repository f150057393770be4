from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, make_room, say, words
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


async def test_enter_sends_and_shift_enter_breaks_the_line(visitors: Visitors) -> None:
    ana = await visitors.sign_up("keys")
    ben = await visitors.sign_up("keys-ben", await make_room(ana, "Keys"))

    await ana.keyboard.type("first")
    await ana.keyboard.press("Shift+Enter")
    await ana.keyboard.type("second")
    await ana.keyboard.press("Enter")

    await expect(ben.locator("message-list .prose")).to_have_text("first\nsecond", use_inner_text=True)
    await expect(ana.locator("#text")).to_have_value("")


async def test_under_a_finger_enter_breaks_the_line_and_the_arrow_sends(visitors: Visitors) -> None:
    ana = await visitors.sign_up("finger", **PHONE)
    await make_room(ana, "Fingers")

    await ana.tap("#text")
    await ana.keyboard.type("first")
    await ana.keyboard.press("Enter")
    await ana.keyboard.type("second")
    await expect(ana.locator("#text")).to_have_value("first\nsecond")
    await ana.tap(".composer__send")

    await expect(ana.locator("message-list .prose")).to_have_text("first\nsecond", use_inner_text=True)


async def test_the_composer_grows_with_its_text_up_to_a_part_of_the_window(visitors: Visitors) -> None:
    ana = await visitors.sign_up("grower")
    one = await height(ana)

    await ana.fill("#text", "1\n2\n3\n4")
    four = await height(ana)
    await ana.fill("#text", "\n".join(map(str, range(200))))

    assert four > one * 2
    assert await height(ana) <= 0.5 * 720
    await expect(ana.locator(".header")).to_be_in_viewport()
    await ana.fill("#text", "")
    assert await height(ana) == one


async def test_arrow_up_edits_what_one_said_last_and_escape_leaves_it(visitors: Visitors) -> None:
    ana = await visitors.sign_up("upper")
    await make_room(ana, "Up")
    await say(ana, "one")
    await say(ana, "two")
    await expect(ana.locator("message-list .message")).to_have_count(2)

    await ana.keyboard.press("ArrowUp")
    await expect(ana.locator("message-edit textarea")).to_have_value("two")
    await ana.keyboard.press("Escape")

    await expect(ana.locator("message-edit")).to_have_count(0)
    assert await words(ana) == ["one", "two"]


async def test_a_draft_and_the_message_it_answers_survive_a_reload_and_end_with_sending(visitors: Visitors) -> None:
    ana = await visitors.sign_up("drafter")
    slug = await make_room(ana, "Drafts")
    await say(ana, "who waters?")
    await expect(ana.locator("message-list .message")).to_have_count(1)
    await ana.hover("message-list .message")
    await ana.click("[data-action=reply]")
    await ana.keyboard.type("half a thou")

    await visitors.enter(ana, "general")
    await expect(ana.locator("#text")).to_have_value("")
    await visitors.enter(ana, slug)
    await expect(ana.locator("#text")).to_have_value("half a thou")
    await expect(ana.locator(".composer__context")).to_have_text("drafter who waters?")
    await ana.keyboard.type("ght")
    await ana.keyboard.press("Enter")

    await expect(ana.locator(".message__quote")).to_have_text("drafter who waters?")
    await ana.reload()
    await expect(ana.locator("#text")).to_have_value("")
    await expect(ana.locator(".composer__context")).to_be_hidden()


async def test_drafts_are_kept_for_each_person_of_a_browser_by_themselves(visitors: Visitors) -> None:
    ana = await visitors.sign_up("first-here")
    await ana.fill("#text", "mine alone")
    await ana.goto("/accounts/logout/")
    await ana.click("button:has-text('Sign out')")
    await ana.goto("/accounts/signup/")
    await ana.fill("#id_username", "second-here")
    await ana.fill("#id_password1", "correct-horse-1")
    await ana.fill("#id_password2", "correct-horse-1")
    await ana.click("button:has-text('Sign up')")

    await expect(ana.locator("#text")).to_have_value("")


async def test_escape_removes_the_quote_and_keeps_the_words(visitors: Visitors) -> None:
    ana = await visitors.sign_up("unquoter")
    await make_room(ana, "Unquote")
    await say(ana, "a question")
    await expect(ana.locator("message-list .message")).to_have_count(1)
    await ana.hover("message-list .message")
    await ana.click("[data-action=reply]")
    await ana.keyboard.type("an answer")
    await expect(ana.locator(".composer__context")).to_be_visible()

    await ana.keyboard.press("Escape")
    await expect(ana.locator(".composer__context")).to_be_hidden()
    await ana.keyboard.press("Enter")

    await expect(ana.locator("message-list .message")).to_have_count(2)
    await expect(ana.locator(".message__quote")).to_have_count(0)


async def test_names_are_offered_and_taken_by_keyboard(visitors: Visitors) -> None:
    ana = await visitors.sign_up("namer")
    slug = await make_room(ana, "Names")
    await visitors.sign_up("zoe-near", slug)
    ben = await visitors.sign_up("zoe-next", slug)
    await say(ben, "I am here")
    await expect(ana.locator("message-list .message")).to_have_count(1)

    await ana.keyboard.type("look, @ZOE")
    await expect(ana.locator(".completion__name")).to_have_text(["zoe-next", "zoe-near"])
    await expect(ana.locator(".completion__hint")).to_have_text(["here", "not in this room"])
    assert await active_name(ana) == "zoe-next"
    await ana.keyboard.press("ArrowDown")
    assert await active_name(ana) == "zoe-near"
    await ana.keyboard.press("ArrowDown")
    assert await active_name(ana) == "zoe-next"
    await ana.keyboard.press("Enter")

    await expect(ana.locator("#text")).to_have_value("look, @zoe-next ")
    await expect(ana.locator("#completion")).to_be_hidden()
    await ana.keyboard.press("Enter")
    await expect(ben.locator("message-list .mention")).to_have_text("@zoe-next")


async def test_escape_closes_the_list_for_this_word_and_tab_takes_for_the_next(visitors: Visitors) -> None:
    ana = await visitors.sign_up("escaper")
    await make_room(ana, "Escapes")

    await ana.keyboard.type("@de")
    await expect(ana.locator("[role=option]").first).to_be_visible()
    await ana.keyboard.press("Escape")
    await ana.keyboard.type("m")
    await expect(ana.locator("#completion")).to_be_hidden()
    assert await ana.locator("#text").get_attribute("aria-activedescendant") is None
    await ana.keyboard.type(" @dem")
    await expect(ana.locator("[role=option]")).to_have_count(1)
    await expect(ana.locator(".completion__hint")).to_have_text("assistant, not in this room")
    await ana.keyboard.press("Tab")

    await expect(ana.locator("#text")).to_have_value("@dem @demo ")
    await expect(ana.locator("#text")).to_be_focused()


async def test_what_was_offered_for_less_is_not_taken_for_what_is_typed_now(visitors: Visitors) -> None:
    ana = await visitors.sign_up("hurried")
    await make_room(ana, "Hurry")
    await ana.keyboard.type("@")
    await expect(ana.locator("[role=option]").first).to_be_visible()
    await ana.route("**/completion?q=%40de*", lambda route: route.abort())

    await ana.keyboard.type("de")
    await ana.keyboard.press("Tab")
    await expect(ana.locator("#text")).to_have_value("@de")
    await ana.keyboard.press("Enter")

    await expect(ana.locator("message-list .prose")).to_have_text("@de")
    visitors.complaints.clear()  # the browser says which requests failed


async def test_a_name_typed_to_its_end_is_sent_by_one_enter(visitors: Visitors) -> None:
    ana = await visitors.sign_up("quick-namer")
    await make_room(ana, "Quick names")

    await ana.keyboard.type("hello @demo")
    await expect(ana.locator("[role=option]")).to_have_count(1)
    await ana.keyboard.press("Enter")

    await expect(ana.locator("message-list .mention")).to_have_text("@demo")


async def test_commands_are_offered_and_do_what_they_say_before_all_eyes(visitors: Visitors) -> None:
    ana = await visitors.sign_up("commander")
    ben = await visitors.sign_up("obeyer", await make_room(ana, "Orders"))

    await ana.keyboard.type("/to")
    await expect(ana.locator(".completion__name")).to_have_text(["/topic"])
    await expect(ana.locator(".completion__hint")).to_have_text("what the room is for: set the topic")
    await ana.keyboard.press("Tab")
    await ana.keyboard.type("What we grow")
    await ana.keyboard.press("Enter")
    await expect(ben.locator(".header__topic")).to_have_text("What we grow")
    await expect(ana.locator("typing-line")).to_have_text("The topic is set.")
    await say(ana, "/rename Harvest")
    await expect(ben.locator(".header__title")).to_contain_text("Harvest")

    await expect(ana.locator("message-list .message, message-outbox .message")).to_have_count(0)


async def test_a_refused_command_says_why_and_stays_to_be_mended(visitors: Visitors) -> None:
    ana = await visitors.sign_up("stranger-boss")
    ben = await visitors.sign_up("no-owner", await make_room(ana, "Owned"))

    await say(ben, "/topic Mine now")
    await expect(ben.locator(".composer__problem")).to_have_text("Only an owner of the room can do that.")
    await expect(ben.locator("#text")).to_have_value("/topic Mine now")
    await say(ben, "/tpoic oops")
    await expect(ben.locator(".composer__problem")).to_have_text(
        "There is no command /tpoic. To say it as it is, begin with a space."
    )
    await ben.keyboard.type("!")
    await expect(ben.locator(".composer__problem")).to_be_hidden()
    assert sorted({text.partition(" (")[0][-9:] for text in visitors.complaints}) == ["us of 403", "us of 422"]
    visitors.complaints.clear()


async def test_what_only_looks_like_a_command_is_said(visitors: Visitors) -> None:
    ana = await visitors.sign_up("pathfinder")
    await make_room(ana, "Paths")

    for text in ("//topic", " /topic", "/etc/hosts is full", "/topic\nof two lines"):
        await say(ana, text)

    await expect(ana.locator("message-list .message")).to_have_count(4)
    assert await words(ana) == ["//topic", "/topic", "/etc/hosts is full", "/topic\nof two lines"]


async def test_inviting_leaving_and_archiving_by_command(visitors: Visitors) -> None:
    ana = await visitors.sign_up("inviter")
    slug = await make_room(ana, "Comings")
    ben = await visitors.sign_up("invited", "general")

    await say(ana, "/invite @invited")
    await expect(ana.locator("typing-line")).to_have_text("invited can read and write here now.")
    await visitors.enter(ben, slug)
    await say(ben, "/leave")
    await ben.wait_for_url("**/rooms/")
    await say(ana, "/archive")

    await expect(ana.locator(".dock__closed")).to_be_visible()


async def test_stopping_and_retrying_a_reply_by_command(visitors: Visitors, shared_site: Site) -> None:
    shared_site.manage("addroom", "halting", "--assistant", "demo")
    ana = await visitors.sign_up("halter", "halting")
    await say(ana, "@demo tell me something long")
    await ana.wait_for_selector(".reply--streaming")

    await say(ana, "/stop")
    await ana.wait_for_selector(".reply--stopped")
    await say(ana, "/retry")
    await ana.wait_for_selector(".reply--streaming")
    await say(ana, "/stop")

    await ana.wait_for_selector(".reply--stopped")


async def test_commands_work_as_a_plain_form_without_scripts(visitors: Visitors) -> None:
    page = await visitors.sign_up("plain-boss", java_script_enabled=False)
    await page.goto("/rooms/")
    await page.click("summary:has-text('New room')")
    await page.fill("#id_name", "By form")
    await page.click("button:has-text('Make the room')")

    await page.fill("#text", "/topic Without scripts")
    await page.click(".composer__send")
    await expect(page.locator(".header__topic")).to_have_text("Without scripts")
    await expect(page.locator(".notice")).to_have_text("The topic is set.")
    await page.fill("#text", "/invite @nobody-at-all")
    await page.click(".composer__send")

    await expect(page.locator(".composer__problem")).to_have_text("Nobody here has the name @nobody-at-all.")
    await expect(page.locator("#text")).to_have_value("/invite @nobody-at-all")
    visitors.complaints.clear()  # the browser says that the status was 422


async def test_pasted_text_keeps_its_lines_and_nothing_else(visitors: Visitors) -> None:
    ana = await visitors.sign_up("paster")
    await make_room(ana, "Paste")
    await ana.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ana.evaluate(
        """() => navigator.clipboard.write([new ClipboardItem({
            "text/plain": new Blob(["def f():\\n    return 1"], { type: "text/plain" }),
            "text/html": new Blob(["<b>def</b> f(): <i>return 1</i>"], { type: "text/html" }),
        })])"""
    )

    await ana.focus("#text")
    await ana.keyboard.press("ControlOrMeta+v")

    await expect(ana.locator("#text")).to_have_value("def f():\n    return 1")


async def test_help_opens_over_the_room_and_is_a_page_of_its_own(visitors: Visitors) -> None:
    ana = await visitors.sign_up("learner")
    await ana.fill("#text", "half written")

    await ana.click(".composer__help")
    await expect(ana.locator("#writing .prose strong").first).to_have_text("strong")
    await ana.keyboard.press("Escape")
    await expect(ana.locator("#writing")).to_be_hidden()
    await expect(ana.locator("#text")).to_have_value("half written")
    plain = await visitors.open(
        "/help/writing/", java_script_enabled=False, storage_state=await ana.context.storage_state()
    )

    await expect(plain.locator("h1")).to_have_text("How to write")
    await expect(plain.locator(".writing code", has_text="/topic")).to_be_visible()


async def test_while_the_assistant_still_writes_one_is_told_what_becomes_of_the_next_message(
    visitors: Visitors,
) -> None:
    ana = await visitors.sign_up("impatient")
    await ana.click(".room-link--assistant")
    await expect(ana).to_have_title("demo · Chat")
    await ana.wait_for_selector(".connection--live")
    await say(ana, "tell me something long")

    await expect(ana.locator("typing-line")).to_have_text(
        "demo still writes; what you send now gets an answer of its own"
    )
    await say(ana, "and what is 6 * 7?")
    await expect(ana.locator(".reply")).to_have_count(2)
    await expect(ana.locator(".reply--complete").last).to_be_visible(timeout=60_000)

    for stop in await ana.locator(".reply__stop").all():
        await stop.click()
    await expect(ana.locator("typing-line")).to_have_text("", timeout=60_000)


async def height(page: Page) -> float:
    return await page.evaluate("document.getElementById('text').getBoundingClientRect().height")


async def active_name(page: Page) -> str:
    return await page.evaluate(
        """() => {
            const option = document.getElementById(document.activeElement.getAttribute("aria-activedescendant"))
            return option.querySelector(".completion__name").textContent
        }"""
    )
