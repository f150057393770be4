"""What owners change in a room, its name, people, assistants and end, and how others see it."""

from __future__ import annotations

import pytest
from playwright.async_api import WebSocketRoute, expect

from tests.e2e.conftest import Visitors, make_room, press, say

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_room_is_renamed_before_the_eyes_of_those_in_it(visitors: Visitors) -> None:
    ana = await visitors.sign_up("renamer")
    slug = await make_room(ana, "Draft")
    ben = await visitors.sign_up("onlooker", slug)

    await ana.click("a[title='Room settings']")
    await ana.fill("#id_name", "Final")
    await ana.fill("#id_topic", "what it became")
    await ana.click("button[value=change]")

    await expect(ben.locator("#room-heading h1")).to_have_text("# Final")
    await expect(ben.locator(".header__topic")).to_have_text("what it became")


async def test_the_composer_calls_a_renamed_room_by_its_new_name(visitors: Visitors) -> None:
    ana = await visitors.sign_up("renamer-too")
    await make_room(ana, "Before long")

    for name, called in {"After": "After", "A name of more than twenty-four": "A name of more than twe…"}.items():
        await say(ana, f"/rename {name}")
        await expect(ana.locator("#text")).to_have_attribute("placeholder", f"Write to {called}")
        shown = await ana.get_attribute("#text", "placeholder")
        await ana.reload()
        assert await ana.get_attribute("#text", "placeholder") == shown


async def test_members_come_become_owners_and_go(visitors: Visitors) -> None:
    ana = await visitors.sign_up("keeper")
    slug = await make_room(ana, "Kept")
    await visitors.sign_up("helpful")
    await ana.goto(f"/rooms/{slug}/settings")
    row = ana.locator("#members li", has_text="@helpful")

    await ana.fill("#id_user", "@helpful")
    await press(ana, ana.locator("button[value=add] >> text=Bring in").first)
    await press(ana, row.locator("button[value=owner]"))
    await expect(row).to_contain_text("owner")
    await press(ana, row.locator("button[value=remove]"))

    await expect(row).to_have_count(0)
    await ana.fill("#id_user", "nobody-at-all")
    await ana.click("button:has-text('Bring in') >> nth=0")
    await expect(ana.locator("#id_user_error")).to_have_text("Nobody here has this name.")
    (expected,) = visitors.complaints
    assert "status of 422" in expected
    visitors.complaints.clear()


async def test_an_assistant_is_brought_in_and_answers_by_itself(visitors: Visitors) -> None:
    ana = await visitors.sign_up("asker")
    slug = await make_room(ana, "Questions")
    await ana.goto(f"/rooms/{slug}/settings")
    row = ana.locator("#assistants li", has_text="@demo")
    await expect(row).to_contain_text("not in this room")

    await press(ana, row.locator("button[value=add]"))
    await expect(row).to_contain_text("answers when it is named")
    await press(ana, row.locator("button:has-text('Always')"))
    await expect(row).to_contain_text("answers every message")
    await ana.click("a:has-text('Back')")
    await ana.wait_for_selector(".connection--live")
    await say(ana, "hello?")

    await expect(ana.locator("message-list .reply")).to_have_count(1)


async def test_what_an_owner_chooses_for_assistants_is_seen_by_others_at_once(visitors: Visitors) -> None:
    ana = await visitors.sign_up("answer-chooser")
    slug = await make_room(ana, "Choices")
    ben = await visitors.sign_up("reads-along", slug)
    await say(ben, "I am in")
    await expect(ben.locator("message-list .message")).to_have_count(1)
    await ben.goto(f"/rooms/{slug}/settings")
    await ana.goto(f"/rooms/{slug}/settings")
    mine, theirs = (page.locator("#assistants li", has_text="@demo") for page in (ana, ben))
    await ben.fill("#id_user", "half typ")

    await press(ana, mine.locator("button[value=add]"))
    await expect(theirs).to_contain_text("answers when it is named")
    await press(ana, mine.locator("button:has-text('Never')"))
    await expect(theirs).to_contain_text("does not answer")
    await expect(mine.locator("[aria-pressed=true]")).to_have_text("Never")
    await ana.fill("#id_instructions", "Answer in rhymes.")
    await press(ana, ana.locator("button[value=instruct]"))
    await expect(ben.locator(".part__words")).to_have_text("Answer in rhymes.")
    await expect(ana.locator("#id_instructions")).to_have_value("Answer in rhymes.")
    await ana.fill("#id_name", "Choices made")
    await ana.click("button[value=change]")

    await expect(ben.locator("#settings-name")).to_have_text("Choices made")
    await expect(ben.locator("#id_user")).to_have_value("half typ")


async def test_an_archived_room_can_be_read_only_and_opened_again(visitors: Visitors) -> None:
    ana = await visitors.sign_up("closer")
    slug = await make_room(ana, "Closing")
    ben = await visitors.sign_up("reader-on", slug)
    await say(ana, "last words")
    await expect(ana.locator("message-list .message")).to_have_count(1)

    await ana.click("a[title='Room settings']")
    await ana.click("button[value=archive]")
    await expect(ana.locator(".notice")).to_have_text("The room is archived.")
    await expect(ben.locator(".dock__closed")).to_be_visible()
    await expect(ben.locator("message-list .prose")).to_have_text("last words")
    await ana.click("button[value=unarchive]")

    await expect(ben.locator("#text")).to_be_visible()


async def test_a_name_that_is_told_late_does_not_undo_a_newer_one(visitors: Visitors) -> None:
    ana = await visitors.sign_up("late-namer")
    slug = await make_room(ana, "Zeroth")
    lines: list[WebSocketRoute] = []
    names: list[str | bytes] = []

    def keep(line: WebSocketRoute) -> None:
        def pass_on(frame: str | bytes) -> None:
            names.extend([frame] if ' type="room"' in str(frame) else [])
            line.send(frame)

        lines.append(line)
        line.connect_to_server().on_message(pass_on)

    await ana.route_web_socket("**/ws/**", keep)
    await visitors.enter(ana, slug)
    settings = await ana.context.new_page()
    for name in ("First", "Second"):
        await settings.goto(f"/rooms/{slug}/settings")
        await settings.fill("#id_name", name)
        await settings.click("button[value=change]")
        await expect(ana.locator("#room-heading h1")).to_have_text(f"# {name}")

    lines[-1].send(names[0])
    await say(ana, "and what comes after it")

    await expect(ana.locator("message-list .prose")).to_have_text("and what comes after it")
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    assert "First" in str(names[0])
    await expect(ana.locator("#room-heading h1")).to_have_text("# Second")
