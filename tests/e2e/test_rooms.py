"""Making, changing, finding and leaving rooms; people; one's own account."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.e2e.conftest import Visitors, becomes, make_room, press, say
from tests.site import Site

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


async def test_a_room_is_left_and_joined_again(visitors: Visitors) -> None:
    ana = await visitors.sign_up("returning")
    slug = await make_room(ana, "Revolving door")
    ben = await visitors.sign_up("passing", slug)
    await ben.click(".header__actions button:has-text('Join')")
    await expect(ben.locator(f"room-link[data-room={slug}]")).to_have_count(1)

    await ben.goto(f"/rooms/{slug}/leave")
    await ben.click("button:has-text('Leave')")
    await expect(ben.locator(f"room-link[data-room={slug}]")).to_have_count(0)
    await ben.goto("/rooms/?q=Revolving")  # so many other tests' rooms there may be
    await ben.click("li.directory__room button:has-text('Join')")

    await expect(ben.locator(f"room-link[data-room={slug}] a[aria-current]")).to_have_count(1)


async def test_who_joins_by_writing_is_offered_to_join_no_more(visitors: Visitors) -> None:
    ana = await visitors.sign_up("hostess")
    slug = await make_room(ana, "Open house")
    ben = await visitors.sign_up("walks-in", slug)
    join, row = ben.locator(".header__join"), ben.locator(f"room-link[data-room={slug}] a[aria-current]")
    await expect(join).to_be_visible()
    await ben.evaluate("document.body.dataset.loaded = 'once'")

    await say(ben, "hello")

    await expect(join).to_be_hidden()
    await expect(row).to_have_count(1)
    for page in (ana, ben):
        await expect(page.locator("#room-members")).to_have_text("2 members")

    elsewhere = await ben.context.new_page()
    await elsewhere.goto(f"/rooms/{slug}/leave")
    await elsewhere.click("button:has-text('Leave')")

    await expect(join).to_be_visible()
    await expect(row).to_have_count(0)
    for page in (ana, ben):
        await expect(page.locator("#room-members")).to_have_text("1 member")
    await expect(ben.locator("body")).to_have_attribute("data-loaded", "once")


async def test_the_directory_follows_the_typing_and_says_when_nothing_is_found(visitors: Visitors) -> None:
    ana = await visitors.sign_up("searcher")
    await make_room(ana, "Needle in a haystack")
    await ana.goto("/rooms/")

    await ana.locator("#filter").press_sequentially("needle in")
    await expect(ana.locator(".directory__name")).to_have_text(["# Needle in a haystack"])
    await expect(ana.locator("#filter")).to_be_focused()
    await ana.locator("#filter").press_sequentially(" another")
    await expect(ana.locator(".letter__title")).to_have_text("No room is called that")

    await ana.goto("/people/")
    await ana.fill("#filter", "search")
    await expect(ana.locator(".directory__name")).to_have_text(["searcher"])


async def test_an_empty_room_helps_with_the_first_words(visitors: Visitors) -> None:
    ana = await visitors.sign_up("beginner")
    await ana.click(".room-link--assistant")
    await expect(ana.locator(".letter__title")).to_have_text("Ask demo")

    await ana.click("#empty-room a:has-text('Put it in the composer')")
    await expect(ana.locator("#text")).to_have_value("What can you do?")
    await ana.press("#text", "Enter")

    await expect(ana.locator("message-list .prose").first).to_have_text("What can you do?")
    await expect(ana.locator("#empty-room")).to_have_count(0)


async def test_a_face_a_name_and_a_zone_are_chosen(visitors: Visitors) -> None:
    ana = await visitors.sign_up("faced")
    await ana.goto("/account/")

    await ana.fill("#id_display_name", "Ana of the Hills")
    await ana.fill("#id_avatar_emoji", "🐝")
    await ana.locator("label.avatar[data-tint='6']").click()
    await ana.select_option("#id_time_zone", "Asia/Tokyo")
    await ana.click("button:has-text('Save')")
    await expect(ana.locator(".notice")).to_have_text("Saved.")
    await visitors.enter(ana, await make_room(ana, "Faces"))
    await say(ana, "buzz")

    message = ana.locator("message-list .message")
    await expect(message.locator(".message__author")).to_have_text("Ana of the Hills")
    await expect(message.locator(".avatar[data-tint='6']")).to_have_text("🐝")
    shown, meant = await message.locator("time").evaluate(
        "time => [time.textContent, new Intl.DateTimeFormat(undefined, "
        "{ hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Tokyo' }).format(new Date(time.dateTime))]"
    )
    assert shown == meant


async def test_dates_follow_the_readers_own_language(visitors: Visitors) -> None:
    ana = await visitors.sign_up("linguist", locale="de-DE")
    await say(ana, "guten Tag")

    day = ana.locator("message-list .divider--day").last
    title = ana.locator("message-list local-time").last

    assert (await day.inner_text()).split(",")[0].endswith("tag")
    await expect(title).to_have_attribute("title", re.compile(r"tag, \d+\. "))


async def test_people_are_found_here_and_written_to(visitors: Visitors) -> None:
    ana = await visitors.sign_up("seeker")
    await visitors.sign_up("sought")

    await becomes(lambda: is_listed(ana), wanted=True)
    await ana.locator("li", has_text="@sought").locator("button:has-text('Write')").click()

    await expect(ana).to_have_title("sought · Chat")
    await expect(ana.locator(".letter__title")).to_have_text("You and sought")


async def is_listed(page: Page) -> bool:
    await page.goto("/people/?kind=here")
    return await page.locator(".directory__name", has_text="sought").count() == 1


async def test_what_is_posted_and_read_elsewhere_before_a_page_is_connected_is_counted(visitors: Visitors) -> None:
    ana, ben = await visitors.sign_up("early-ana"), await visitors.sign_up("early-ben")
    slug = await make_room(ana, "Early")
    await ben.goto(f"/rooms/{slug}/")
    await ben.wait_for_selector(".connection--live")
    await say(ben, "one")
    await expect(ana.locator("message-list .message")).to_have_count(1)
    den = await make_room(ben, "Den")  # where nobody comes or goes: that would have the list asked for, too
    count = ben.locator(f"room-link[data-room='{slug}'] .room-link__count")
    may_open = asyncio.Event()

    async def hold(line: WebSocketRoute) -> None:
        await may_open.wait()
        line.connect_to_server()

    await ben.route_web_socket("**/ws/**", hold)
    await ben.goto(f"/rooms/{den}/")
    await ben.wait_for_selector("chat-live:defined")
    await expect(count).to_have_text("")
    await say(ana, "two")
    await expect(ana.locator("message-list .message")).to_have_count(2)
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    async with ben.expect_request(lambda request: "sidebar" in request.url and "here=" not in request.url):
        may_open.set()  # at once, not with the third heartbeat

    await expect(count).to_contain_text("1")


async def test_among_many_rooms_the_one_that_is_open_is_in_sight(visitors: Visitors, shared_site: Site) -> None:
    page = await visitors.sign_up("of-many-rooms", viewport={"width": 390, "height": 600})
    shared_site.manage("shell", "--verbosity=0", "--command", MANY_ROOMS)
    await visitors.enter(page, "many-30")

    await page.click(".header__menu")
    await expect(page.locator("room-link[data-room=many-30]")).to_be_in_viewport(ratio=1)
    await expect(page.locator("room-link[data-room=many-1]")).not_to_be_in_viewport()


MANY_ROOMS = """
from chat.models import User
from chat.services.rooms import create_room
for number in range(1, 61):
    create_room(by=User.objects.get(username="of-many-rooms"), name=f"many {number:02}", slug=f"many-{number}")
"""


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
