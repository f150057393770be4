"""Why a reply can fail, and what people in the room are told about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


def gettext_noop(words: str) -> str:
    """Marks words for translators. Whoever tells them translates them: nothing in here knows of languages."""
    return words


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

    @property
    def is_its_own(self) -> bool:
        """It lies with this one back end: another may well answer the same question."""
        return self in _PASSING or self in (FailureKind.AUTH, FailureKind.QUOTA)


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
        FailureKind.AUTH: gettext_noop("The model's server did not accept this assistant's key."),
        FailureKind.QUOTA: gettext_noop("This assistant's credit with the model's provider is used up."),
        FailureKind.RATE_LIMIT: gettext_noop(
            "The model is getting too many requests right now. Try again in a moment."
        ),
        FailureKind.OVERLOADED: gettext_noop("The model's server is overloaded right now. Try again in a moment."),
        FailureKind.SERVER: gettext_noop("The model's server had an error."),
        FailureKind.NETWORK: gettext_noop("The connection to the model's server failed."),
        FailureKind.TIMEOUT: gettext_noop("The model took too long to answer."),
        FailureKind.CONTEXT: gettext_noop("The conversation is too long for this model."),
        FailureKind.CONTENT_FILTER: gettext_noop("The model's provider declined to answer this."),
        FailureKind.CONFIG: gettext_noop("This assistant is not set up correctly."),
        FailureKind.CONVERSATION: gettext_noop("The model's server no longer knows this conversation."),
        FailureKind.TRUNCATED: gettext_noop("The answer broke off before its end."),
        FailureKind.EMPTY: gettext_noop("The model gave an empty answer."),
        FailureKind.PROTOCOL: gettext_noop("The model's server sent something that could not be read."),
        FailureKind.BUSY: gettext_noop("Too many answers are being written at once. Try again in a moment."),
        FailureKind.UNSUPPORTED: gettext_noop("The model asked for something this chat does not offer."),
        FailureKind.LIMIT: gettext_noop("There is no more of this for now."),
        FailureKind.OFF: gettext_noop("Assistants are switched off here."),
    }
)

# Behind an assistant's name, where another one answers in its place.
SHORT_WORDS: Mapping[FailureKind, str] = MappingProxyType(
    {
        FailureKind.AUTH: gettext_noop("has no valid key"),
        FailureKind.QUOTA: gettext_noop("is out of credit"),
        FailureKind.RATE_LIMIT: gettext_noop("is getting too many requests"),
        FailureKind.OVERLOADED: gettext_noop("is overloaded"),
        FailureKind.SERVER: gettext_noop("had an error"),
        FailureKind.NETWORK: gettext_noop("cannot be reached"),
        FailureKind.TIMEOUT: gettext_noop("took too long"),
        FailureKind.CONTEXT: gettext_noop("cannot read that much"),
        FailureKind.CONTENT_FILTER: gettext_noop("declined"),
        FailureKind.CONFIG: gettext_noop("is not set up correctly"),
        FailureKind.CONVERSATION: gettext_noop("forgot the conversation"),
        FailureKind.TRUNCATED: gettext_noop("broke off"),
        FailureKind.EMPTY: gettext_noop("had nothing to say"),
        FailureKind.PROTOCOL: gettext_noop("could not be understood"),
        FailureKind.BUSY: gettext_noop("is busy"),
        FailureKind.UNSUPPORTED: gettext_noop("wanted something this chat does not offer"),
        FailureKind.LIMIT: gettext_noop("has reached its limit"),
        FailureKind.OFF: gettext_noop("is switched off"),
    }
)
