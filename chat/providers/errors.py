"""Why a reply can fail, and what people in the room are told about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class FailureKind(StrEnum):
    AUTH = "auth"
    QUOTA = "quota"
    RATE_LIMIT = "rate_limit"
    OVERLOADED = "overloaded"
    SERVER = "server"
    NETWORK = "network"
    TIMEOUT = "timeout"
    CONTEXT = "context"
    CONTENT_FILTER = "content_filter"
    CONFIG = "config"
    CONVERSATION = "conversation"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    PROTOCOL = "protocol"
    BUSY = "busy"
    UNSUPPORTED = "unsupported"
    LIMIT = "limit"
    OFF = "off"

    @property
    def is_passing(self) -> bool:
        """The same request may well succeed later."""
        return self in _PASSING


_PASSING = frozenset(
    {
        FailureKind.RATE_LIMIT,
        FailureKind.OVERLOADED,
        FailureKind.SERVER,
        FailureKind.NETWORK,
        FailureKind.TIMEOUT,
        FailureKind.TRUNCATED,
        FailureKind.EMPTY,
        FailureKind.BUSY,
    }
)

PLAIN_WORDS: Mapping[FailureKind, str] = MappingProxyType(
    {
        FailureKind.AUTH: "The model's server did not accept this assistant's key.",
        FailureKind.QUOTA: "This assistant's credit with the model's provider is used up.",
        FailureKind.RATE_LIMIT: "The model is getting too many requests right now. Try again in a moment.",
        FailureKind.OVERLOADED: "The model's server is overloaded right now. Try again in a moment.",
        FailureKind.SERVER: "The model's server had an error.",
        FailureKind.NETWORK: "The connection to the model's server failed.",
        FailureKind.TIMEOUT: "The model took too long to answer.",
        FailureKind.CONTEXT: "The conversation is too long for this model.",
        FailureKind.CONTENT_FILTER: "The model's provider declined to answer this.",
        FailureKind.CONFIG: "This assistant is not set up correctly.",
        FailureKind.CONVERSATION: "The model's server no longer knows this conversation.",
        FailureKind.TRUNCATED: "The answer broke off before its end.",
        FailureKind.EMPTY: "The model gave an empty answer.",
        FailureKind.PROTOCOL: "The model's server sent something that could not be read.",
        FailureKind.BUSY: "Too many answers are being written at once. Try again in a moment.",
        FailureKind.UNSUPPORTED: "The model asked for something this chat does not offer.",
        FailureKind.LIMIT: "There is no more of this for now.",
        FailureKind.OFF: "Assistants are switched off here.",
    }
)

# Behind an assistant's name, where another one answers in its place.
SHORT_WORDS: Mapping[FailureKind, str] = MappingProxyType(
    {
        FailureKind.AUTH: "has no valid key",
        FailureKind.QUOTA: "is out of credit",
        FailureKind.RATE_LIMIT: "is getting too many requests",
        FailureKind.OVERLOADED: "is overloaded",
        FailureKind.SERVER: "had an error",
        FailureKind.NETWORK: "cannot be reached",
        FailureKind.TIMEOUT: "took too long",
        FailureKind.CONTEXT: "cannot read that much",
        FailureKind.CONTENT_FILTER: "declined",
        FailureKind.CONFIG: "is not set up correctly",
        FailureKind.CONVERSATION: "forgot the conversation",
        FailureKind.TRUNCATED: "broke off",
        FailureKind.EMPTY: "had nothing to say",
        FailureKind.PROTOCOL: "could not be understood",
        FailureKind.BUSY: "is busy",
        FailureKind.UNSUPPORTED: "wanted something this chat does not offer",
        FailureKind.LIMIT: "has reached its limit",
        FailureKind.OFF: "is switched off",
    }
)
