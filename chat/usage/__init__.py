"""What assistants cost and how much of it there may be: reserved before a request, settled or released after it."""

from chat.usage.booking import (
    UNKNOWN_COMPLETION_TOKENS,
    Permit,
    conclude,
    conclude_attempt,
    hold,
    release,
    reserve,
    settle,
)
from chat.usage.prices import cost_of
from chat.usage.refusals import AssistantsOff, OverLimit

__all__ = [
    "UNKNOWN_COMPLETION_TOKENS",
    "AssistantsOff",
    "OverLimit",
    "Permit",
    "conclude",
    "conclude_attempt",
    "cost_of",
    "hold",
    "release",
    "reserve",
    "settle",
]
