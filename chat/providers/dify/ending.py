"""How an answer of an app ends: plain apps with ``message_end``, chatflows with ``workflow_finished``."""

from __future__ import annotations

from dataclasses import dataclass

from chat.providers.errors import FailureKind
from chat.providers.events import Finish
from chat.providers.trouble import Trouble

_WELL = ("succeeded", "partial-succeeded")


@dataclass(slots=True)
class Ending:
    """``has_finished``: the app is done, though something may follow. ``is_over``: nothing will."""

    has_finished: bool = False
    is_over: bool = False
    has_file: bool = False
    is_stopped: bool = False
    failure: str = ""

    def message_ended(self, *, is_all: bool = False) -> None:
        self.has_finished, self.is_over = True, is_all

    def workflow_finished(self, status: str, error: str) -> None:
        """After a failure an ``error`` event tells more."""
        self.has_finished = True
        if status == "failed":
            self.failure = error or "The app's workflow failed."
        elif status == "stopped":
            self.is_stopped = self.is_over = True
        elif status in _WELL:
            self.is_over = True

    def conclude(self, *, has_text: bool, is_full: bool) -> Finish:
        """:raises Trouble: the answer is not one."""
        if is_full:
            return "length"
        if self.failure:
            raise Trouble(FailureKind.SERVER, self.failure)
        if not self.has_finished:
            raise Trouble(FailureKind.TRUNCATED, "The stream ended before the answer did.")
        if self.is_stopped:
            return "stopped"
        if not has_text and not self.has_file:
            raise Trouble(FailureKind.EMPTY, "The answer was empty.")
        return "stop"
