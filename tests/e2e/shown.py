"""What a page of a room shows, as lines that can be compared: every element with its attributes, and every word."""

from __future__ import annotations

import difflib

from playwright.async_api import Page

# What is a page's own by right is not told: buttons that scripts add, where one stopped reading, what one has unfolded,
# what counts for the row of the room itself once another one is shown. Who is here ages by itself.
LINES = """() => {
    const own = "code-copy, #new, .fold__more, .rooms__here, [name=csrfmiddlewaretoken]"
    const ownAttributes = ["tabindex", "aria-expanded"]
    const bare = name => name.split(/\\s+/).filter(each => !/^(htmx-|fold--open)/.test(each)).sort().join(" ")
    const lines = []
    const tell = (node, depth) => {
        if (node.nodeType === Node.TEXT_NODE) {
            const words = node.data.replace(/\\s+/g, " ").trim()
            if (words) lines.push(" ".repeat(depth) + words)
        }
        if (node.nodeType !== Node.ELEMENT_NODE || node.matches(own)) return
        const isOfHere = node.matches("room-link:has([aria-current])")
        const attributes = [...node.attributes].filter(({ name }) => !isOfHere && !ownAttributes.includes(name))
            .map(({ name, value }) => `${name}=${name === "class" ? bare(value) : value}`).sort()
        lines.push(" ".repeat(depth) + `<${node.localName} ${attributes.join(" ")}>`)
        node.normalize()
        for (const child of node.childNodes) tell(child, depth + 1)
    }
    lines.push(document.title, `revision ${document.querySelector("chat-live").revision}`)
    for (const each of [".header", "message-list", "message-outbox", ".typing", "room-list"])
        for (const child of document.querySelector(each).childNodes) tell(child, 0)
    return lines
}"""


async def lines_of(page: Page) -> list[str]:
    return list(await page.evaluate(LINES))


async def differences(page: Page, fresh: Page) -> list[str]:
    return list(difflib.unified_diff(await lines_of(page), await lines_of(fresh), "lived", "fresh", n=2, lineterm=""))
