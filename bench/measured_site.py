"""A site for a browser to look at: one room with a page of messages, people who are signed in, a model that streams."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import httpx
from PIL import Image

from bench.servers import SECRET_KEY
from tests.fake_llm import FakeLLM
from tests.site import Site

MESSAGES = 50
AT_ONCE = 6
PARAGRAPH = (
    "The ferry leaves at nine, **before** the others are awake; see `tide.py` and [the plan](https://example.org/)."
)
SAMPLES = (
    "Shall we meet at the harbour at nine?",
    PARAGRAPH,
    "- bread\n- rope, _the long one_\n- the key",
    "```python\ndef tide(hour: int) -> float:\n    return 2.1 if hour < 9 else 0.4\n```",
    "| Port | Metres |\n|---|--:|\n| Aveiro | 2.1 |\n| Sines | 1.8 |",
)
SECTION = (
    "## What to look at\n\nThe tide turns at nine, and **whoever sails** must be out by then; `harbour` says when.\n\n"
    "1. Ask the gauge at the *outer* mole\n2. Compare it with the table of yesterday\n\n"
    "```python\ndef tide(hour: int) -> float:\n    return 2.1 if hour < 9 else 0.4\n```\n\n"
)


@dataclass(frozen=True, slots=True)
class MeasuredSite:
    site: Site
    cookie: str
    tokens: tuple[str, ...]
    llm: FakeLLM

    async def say(self, count: int) -> int:
        """So many messages through the API, by several people at once; the last one's sequence."""
        waiting = iter(range(count))
        async with httpx.AsyncClient(base_url=self.site.url, trust_env=False, timeout=60) as client:
            said = await asyncio.gather(*(self._speak(client, token, waiting) for token in self.tokens))
        return max(said)

    async def show(self, count: int) -> int:
        """So many messages with a picture each, of different shapes; the last one's sequence."""
        async with httpx.AsyncClient(base_url=self.site.url, trust_env=False, timeout=60) as client:
            for number in range(count):
                said = await self._post_picture(client, (300 + 170 * number % 900, 1100 - 210 * number % 800))
        return said

    async def ask(self, text: str) -> None:
        async with httpx.AsyncClient(base_url=self.site.url, trust_env=False, timeout=60) as client:
            await self._post(client, self.tokens[0], text)

    async def _speak(self, client: httpx.AsyncClient, token: str, waiting: Iterator[int]) -> int:
        said = 0
        for number in waiting:
            said = await self._post(client, token, SAMPLES[number % len(SAMPLES)])
        return said

    async def _post(self, client: httpx.AsyncClient, token: str, text: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        answer = await client.post("/api/rooms/general/messages", json={"text": text}, headers=headers)
        return answer.raise_for_status().json()["sequence"]

    async def _post_picture(self, client: httpx.AsyncClient, size: tuple[int, int]) -> int:
        written = BytesIO()
        Image.effect_noise(size, 60).save(written, "PNG")
        files = {"files": ("picture.png", written.getvalue(), "image/png")}
        headers = {"Authorization": f"Bearer {self.tokens[0]}"}
        answer = await client.post("/api/rooms/general/messages", data={"text": "look"}, files=files, headers=headers)
        return answer.raise_for_status().json()["sequence"]


def open_site(directory: Path, llm: FakeLLM) -> MeasuredSite:
    os.environ["SECRET_KEY"] = SECRET_KEY
    site = Site(directory, {"RATE_LIMITS": "0", "LOG_LEVEL": "WARNING"}).prepare()
    words = f"from bench.measured_site import furnish; furnish({llm.url!r})"
    site.manage("collectstatic", "--noinput", "--verbosity=0")  # as an operator has it: packed, and kept by browsers
    cookie, *tokens = site.manage("shell", "--verbosity=0", "--command", words).split()
    return MeasuredSite(site.start(), cookie, tuple(tokens), llm)


def furnish(llm_url: str) -> None:
    """Runs inside that site. Prints the reader's session, and the tokens of those who speak."""
    from bench.population import sign_in
    from chat.models import Room
    from chat.services.assistants import save_assistant
    from chat.services.memberships import add_member
    from chat.services.messages import post_message
    from chat.services.people import create_person
    from chat.services.tokens import create_token

    room = Room.objects.get(slug="general")
    reader, *speakers = [create_person(name=f"person{number}") for number in range(AT_ONCE + 1)]
    assistant, _ = save_assistant(slug="writer", provider="openai", base_url=llm_url, model="fake")
    add_member(room=room, user=assistant.user, by=None)
    for number in range(MESSAGES):
        post_message(room=room, author=speakers[number % AT_ONCE], text=SAMPLES[number % len(SAMPLES)])
    print(sign_in(reader), *(create_token(user=user)[1] for user in speakers))
