"""Who is being answered outside of rooms, over one HTTP request. Nothing is announced to them; but what they rest on
may end meanwhile: their token, their account, the assistant they asked, or assistants at all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog

from chat.access import Ticket, no_longer_welcome
from chat.database import in_database
from chat.exceptions import AssistantUnavailable, ChatError, NotSignedIn
from chat.models import Assistant, SiteSettings
from chat.usage import AssistantsOff

if TYPE_CHECKING:
    from chat.hub.hub import Hub

log = structlog.get_logger(__name__)

RECHECK_SECONDS = 25.0


class Guest:
    """``turned_away`` is why they are answered no further; ``assistant`` says who answers now."""

    __slots__ = ("_leave", "assistant", "ticket", "turned_away")

    def __init__(self, ticket: Ticket, assistant: Callable[[], int], leave: Callable[[], None]) -> None:
        self.ticket = ticket
        self.assistant = assistant
        self.turned_away: ChatError | None = None
        self._leave = leave

    def turn_away(self, why: ChatError) -> None:
        if self.turned_away is None:
            self.turned_away = why
            self._leave()


class Guests:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._guests: set[Guest] = set()
        self.doubts = 0  # how many announcements have put in doubt what somebody rests on
        hub.on("access", self._doubt)

    def __len__(self) -> int:
        return len(self._guests)

    @contextmanager
    def welcome(
        self, ticket: Ticket, assistant: Callable[[], int], leave: Callable[[], None], *, doubts: int
    ) -> Iterator[Guest]:
        """Within this, ``leave`` is called once if they must go. ``doubts`` is how many there were before it was looked
        who asks: those since then have not found this guest."""
        guest = Guest(ticket, assistant, leave)
        self._guests.add(guest)
        if self.doubts != doubts:
            self._hub.spawn(self._recheck([guest]))
        try:
            yield guest
        finally:
            self._guests.discard(guest)

    async def watch(self) -> None:
        """The broker may lose an announcement."""
        recheck_at = time.monotonic() + RECHECK_SECONDS
        while True:
            await asyncio.sleep(1)
            if time.monotonic() >= recheck_at:
                recheck_at = time.monotonic() + RECHECK_SECONDS
                await self._recheck(list(self._guests))

    def _doubt(self, event: Mapping[str, Any]) -> None:
        self.doubts += event["room"] is None
        doubted = [guest for guest in self._guests if event["user"] in (None, guest.ticket.user_id)]
        if doubted and event["room"] is None:
            self._hub.spawn(self._recheck(doubted))

    async def _recheck(self, guests: Collection[Guest]) -> None:
        if not guests:
            return
        try:
            reasons = await in_database(reasons_to_go, guests)
        except Exception:
            log.exception("guests_not_checked")
            return
        for guest, why in reasons.items():
            guest.turn_away(why)


def reasons_to_go(guests: Collection[Guest]) -> dict[Guest, ChatError]:
    """A fixed number of queries, whatever the number of guests."""
    if not SiteSettings.current().has_assistants:
        return {guest: AssistantsOff() for guest in guests}
    unwelcome = no_longer_welcome({guest.ticket for guest in guests})
    answering = {guest: guest.assistant() for guest in guests}
    on = set(Assistant.objects.enabled().filter(pk__in=set(answering.values())).values_list("pk", flat=True))
    silent = {guest: AssistantUnavailable() for guest, assistant in answering.items() if assistant not in on}
    return {**silent, **{guest: NotSignedIn() for guest in guests if guest.ticket in unwelcome}}
