"""What is done in a scene of the tour before its picture is taken."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import BrowserContext, Page

from tests.site import Site


@dataclass(frozen=True, slots=True)
class Stage:
    site: Site
    context: BrowserContext
    page: Page


Act = Callable[[Stage], Awaitable[None]]


async def end(stage: Stage) -> None:
    """Down from the line that says what is new."""
    if await stage.page.locator(".pill").is_visible():
        await stage.page.click(".pill")
        await stage.page.mouse.move(0, 0)  # else it points at a message
    await stage.page.wait_for_timeout(300)


async def look(stage: Stage) -> None:
    """Nothing is done: it is there when one comes."""


def at(words: str, place: str = "center") -> Act:
    """With the message that has these words in sight."""

    async def act(stage: Stage) -> None:
        await show(stage.page, words, place)

    return act


async def show(page: Page, words: str, place: str = "center") -> None:
    message = page.locator("message-list .message", has_text=words).last
    await message.evaluate("(message, block) => message.scrollIntoView({ block })", place)
    await page.wait_for_timeout(200)  # the pill comes and goes


async def drawer(stage: Stage) -> None:
    """Where there is room for them, the rooms are in sight anyway."""
    if await stage.page.locator(".header__menu").is_visible():
        await stage.page.click(".header__menu")
    await stage.page.wait_for_timeout(400)


async def at_members(stage: Stage) -> None:
    await stage.page.locator("#members").evaluate("part => part.scrollIntoView()")
    await stage.page.wait_for_timeout(200)


async def tools(stage: Stage) -> None:
    await stage.page.locator(".message", has_text="It does not, so I measured").hover()
    await stage.page.wait_for_timeout(300)


async def editing(stage: Stage) -> None:
    words = "Thank you, Salma! Then we are nearly there."
    await show(stage.page, words)
    message = stage.page.locator(".message", has_text=words)
    await message.evaluate("message => message.querySelector('[data-action=edit]').click()")
    await stage.page.wait_for_selector("message-edit textarea")


async def deleting(stage: Stage) -> None:
    message = stage.page.locator(".message", has_text="Thank you, Salma!")
    await message.evaluate("message => message.querySelector('[data-action=delete]').click()")
    await stage.page.wait_for_selector("#delete-question[open]")


async def reasoning(stage: Stage) -> None:
    reply = stage.page.locator(".reply", has_text="Take a base backup")
    await reply.locator("summary").evaluate("summary => summary.click()")
    await reply.evaluate("reply => reply.scrollIntoView({ block: 'start' })")
    await stage.page.wait_for_timeout(200)


async def holding(stage: Stage) -> None:
    await end(stage)
    await stage.page.locator("reply-hold button").first.evaluate("button => button.click()")
    await stage.page.wait_for_timeout(300)


async def naming(stage: Stage) -> None:
    await end(stage)
    await stage.page.locator("#text").press_sequentially("The same for Rotterdam, please. @")
    await stage.page.wait_for_selector("[role=option]")


async def commanding(stage: Stage) -> None:
    await end(stage)
    await stage.page.locator("#text").press_sequentially("/")
    await stage.page.wait_for_selector("[role=option]")


async def writing(stage: Stage) -> None:
    await stage.page.click(".composer__help")
    await stage.page.wait_for_selector("#writing .prose")


async def quoting(stage: Stage) -> None:
    message = stage.page.locator(".message", has_text="Thank you, Salma!")
    await message.evaluate("message => message.querySelector('[data-action=reply]').click()")
    lines = ("Two things before the freeze:", "", "- the **index**", "- `manage.py check`, twice")
    await stage.page.fill("#text", "\n".join(lines))


async def elsewhere(stage: Stage) -> None:
    """Somebody says something while one reads further up."""
    await show(stage.page, "The notes of the storm week")
    token = stage.site.manage("addtoken", "ben").strip()
    for text in ("The ferry is late, I join by phone.", "Start without me."):
        path = f"{stage.site.url}/api/rooms/general/messages"
        await stage.context.request.post(path, data={"text": text}, headers={"Authorization": f"Bearer {token}"})
    await stage.page.wait_for_selector(".pill:has-text('2 new')")


async def offline(stage: Stage) -> None:
    await stage.context.set_offline(True)
    await stage.page.wait_for_selector(".connection--offline")
    await say(stage.page, "Both are in: the wider button and the longer word.")


async def signed_out(stage: Stage) -> None:
    """By another tab of the same browser."""
    other = await stage.context.new_page()
    await other.goto("/accounts/logout/")
    await other.click("main button, form[action*=logout] button")
    await stage.page.wait_for_selector(".connection--signed-out")
    await stage.page.bring_to_front()


ANSWER_NOTHING = """() => document.dispatchEvent(new CustomEvent("outbox:say", { detail: {
    text: "And every spring.",
    quoted: {
        id: 999999,
        name: "Tomasz Wiśniewski",
        words: "Every autumn.",
    },
} }))"""


async def server_gone(stage: Stage) -> None:
    page = stage.page
    await page.evaluate(ANSWER_NOTHING)
    await page.wait_for_selector("message-outbox .message--failed")
    stage.site.kill()
    await page.wait_for_selector(".connection--reconnecting")
    await say(page, "Restarting the server, back in a moment.")
    await say(page, "This waits, and the next one behind it.")
    await page.wait_for_function("() => document.querySelector('.connection__words').textContent.includes('next try')")


async def say(page: Page, text: str) -> None:
    await page.fill("#text", text)
    await page.click(".composer__send")  # where there are fingers, Enter breaks the line
    await page.wait_for_timeout(200)


async def empty(stage: Stage) -> None:
    """A room made just now."""
    await stage.page.click("summary:has-text('New room')")
    await stage.page.fill("#id_name", "Night watch")
    await stage.page.click("button:has-text('Make the room')")
    await stage.page.wait_for_selector(".connection--live")


async def new_room(stage: Stage) -> None:
    await stage.page.click("summary:has-text('New room')")
