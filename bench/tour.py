"""Takes the pictures of docs/tour.md: `make tour`, or `python -m bench.tour NAME …` for some of them.

A site with the demo's people and days, Chromium, and each scene of `bench.scenes` in the views that show it: 1280 and
390 pixels wide, light and dark. Each view begins with the same database, so that no scene sees what another did there.
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from bench.acts import Stage
from bench.scenes import ALL, CROWDED, FURNISHED, HOUSES, SCENES, Scene
from tests.servers.chromium import find_chromium
from tests.site import Site

DOCS = Path(__file__).parent.parent / "docs"
PICTURES = DOCS / "tour"
SECRET_KEY = "only for taking pictures, and long enough that nothing warns about it: 71c4"
PASSWORD = "lantern-on-the-outer-mole"
QUALITY = 45  # of WebP: letters stay clear, and a picture stays below 80 KB
SIZES = {"wide": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
INTRODUCTION = """# A tour

What there is to be seen, in a house of invented people: `manage.py demo --hold` fills an empty site with it.
`make tour` takes these pictures anew: 1280 and 390 pixels wide, light and dark.
"""


@dataclass
class View:
    """One width in one theme, and who has signed in there."""

    name: str
    site: Site
    browser: Browser
    states: dict[str, Any] = field(default_factory=dict)

    @property
    def options(self) -> dict[str, Any]:
        width, _, scheme = self.name.partition("-")
        return {
            "base_url": self.site.url,
            "viewport": SIZES[width],
            "has_touch": width == "phone",
            "color_scheme": scheme,
            "reduced_motion": "reduce",
        }

    async def take(self, scene: Scene) -> None:
        state = await self.sign_in(scene.viewer) if scene.viewer else None
        context = await self.browser.new_context(**{**self.options, "storage_state": state, **scene.options})
        context.set_default_timeout(20_000)
        page = await context.new_page()
        await page.goto(scene.path)
        if scene.options.get("java_script_enabled", True) and await page.locator("connection-light").count():
            await page.wait_for_selector(".connection--live")
        await scene.act(Stage(self.site, context, page))
        keep(f"{scene.name}-{self.name}.webp", await picture_of(page))
        await context.close()

    async def sign_in(self, viewer: str) -> Any:
        """Once for all scenes of a person."""
        if viewer not in self.states:
            context = await self.browser.new_context(**self.options)
            page = await context.new_page()
            await page.goto("/accounts/login/")
            await page.fill("#id_login", viewer)
            await page.fill("#id_password", PASSWORD)
            await page.press("#id_password", "Enter")
            await page.wait_for_url(lambda url: "login" not in url)
            self.states[viewer] = await context.storage_state()
            await context.close()
        return self.states[viewer]


async def picture_of(page: Page) -> bytes:
    """Playwright writes no WebP; the browser does."""
    devtools = await page.context.new_cdp_session(page)
    taken = await devtools.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    return base64.b64decode(taken["data"])


def keep(name: str, picture: bytes) -> None:
    (PICTURES / name).write_bytes(picture)


async def take_all(site: Site, scenes: list[Scene]) -> None:
    chromium = find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium.executable, args=chromium.args)
        for house, name in product(HOUSES, ALL):
            wanted = [scene for scene in scenes if scene.house == house and name in scene.views]
            if wanted:
                move_in(site.directory, house)
                await take_view(View(name, site.start(), browser), wanted)


def move_in(directory: Path, house: str) -> None:
    """A site that was killed left a log beside its database, which belongs to no other."""
    for left in directory.glob("db.sqlite3-*"):
        left.unlink()
    shutil.copy(directory / f"{house}.sqlite3", directory / "db.sqlite3")


async def take_view(view: View, scenes: list[Scene]) -> None:
    try:
        for scene in scenes:
            try:
                await view.take(scene)
            except Exception as error:
                error.add_note(f"while taking {scene.name}, {view.name}")
                raise
    finally:
        view.site.stop()


def furnish(directory: Path) -> Site:
    os.environ["SECRET_KEY"] = SECRET_KEY
    site = Site(directory, {"RATE_LIMITS": "0", "SITE_NAME": "Harbour", "LOG_LEVEL": "WARNING"}).prepare()
    site.manage("demo", "--hold", "--password-stdin", stdin=f"{PASSWORD}\n")
    site.manage("adduser", "staff", "--staff", "--password-stdin", stdin=f"{PASSWORD}\n")
    site.manage("adduser", "newcomer", "--password-stdin", stdin=f"{PASSWORD}\n")
    shutil.copy(site.directory / "db.sqlite3", site.directory / f"{FURNISHED}.sqlite3")
    return site


def crowd(site: Site) -> None:
    """The same house, years later. Who looks at it has nothing to read elsewhere."""
    site.manage("adduser", "warden", "--password-stdin", stdin=f"{PASSWORD}\n")
    words = "from bench.crowded import crowd_in; crowd_in('warden')"
    site.manage("shell", "--verbosity=0", "--command", words, seconds=600)
    shutil.copy(site.directory / "db.sqlite3", site.directory / f"{CROWDED}.sqlite3")


def write_page() -> None:
    parts = [INTRODUCTION]
    for scene in SCENES:
        pictures = "\n".join(image(scene, view) for view in scene.views)
        parts.append(f"## {scene.caption}\n\n{pictures}\n")
    (DOCS / "tour.md").write_text("\n".join(parts))


def image(scene: Scene, view: str) -> str:
    width, _, scheme = view.partition("-")
    share = "62%" if width == "wide" else "19%"
    words = f"{scene.caption} ({width}, {scheme})"
    return f'<img src="tour/{scene.name}-{view}.webp" width="{share}" alt="{words}">'


def main(names: list[str]) -> None:
    PICTURES.mkdir(exist_ok=True)
    scenes = [scene for scene in SCENES if not names or scene.name in names]
    with tempfile.TemporaryDirectory(prefix="chat-tour-") as directory:
        site = furnish(Path(directory))
        if any(scene.house == CROWDED for scene in scenes):
            crowd(site)
        asyncio.run(take_all(site, scenes))
    known = {f"{scene.name}-{view}.webp" for scene in SCENES for view in scene.views}
    for file in PICTURES.iterdir():
        if file.name not in known:
            file.unlink()
    write_page()
    print(f"{len(known)} pictures, {sum(file.stat().st_size for file in PICTURES.iterdir()) / 1e6:.2f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
