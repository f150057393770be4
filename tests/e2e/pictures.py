"""Files as people have them, to be chosen in a browser."""

from __future__ import annotations

import io
import random

from PIL import Image
from playwright.async_api import FilePayload, Page, expect

INPUT = ".composer__attach input"
# As a desktop does it: a bundle of files, with words beside them perhaps, and the event that brings it.
BRING = """([selector, type, names, words]) => {
    const bundle = new DataTransfer()
    if (words) bundle.items.add(words, "text/plain")
    for (const name of names) bundle.items.add(new File(["bytes of " + name], name, { type: "text/plain" }))
    const event = type === "paste"
        ? new ClipboardEvent(type, { clipboardData: bundle, bubbles: true, cancelable: true })
        : new DragEvent(type, { dataTransfer: bundle, bubbles: true, cancelable: true })
    return !document.querySelector(selector).dispatchEvent(event)
}"""


def picture(name: str, size: tuple[int, int], *, is_turned: bool = False) -> FilePayload:
    """Turned: as a phone that was held upright writes it."""
    kind = {"jpg": "JPEG", "png": "PNG"}[name.rpartition(".")[2]]
    written = io.BytesIO()
    exif = Image.Exif()
    if is_turned:
        exif[0x0112] = 6
    Image.new("RGB", size, "steelblue").save(written, kind, exif=exif)
    return {"name": name, "mimeType": f"image/{kind.lower()}", "buffer": written.getvalue()}


def text_file(name: str, text: str = "a, b\n1, 2\n") -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}


def noise(name: str, size: int) -> FilePayload:
    """Nothing that anybody could compress."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": random.Random(7).randbytes(size)}


async def choose(page: Page, *files: FilePayload) -> None:
    """Chosen, shown, and kept by the browser."""
    await page.set_input_files(INPUT, list(files))
    for file in files:
        await expect(page.locator(".files__one:not([aria-busy=true])", has_text=file["name"])).to_be_visible()
