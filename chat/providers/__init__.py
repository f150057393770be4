"""How to speak to an LLM: httpx and the standard library, never Django."""

from chat.providers.base import Attribution, Backend, ChatRequest, Check, Limits, Provider, Timeouts, Turn
from chat.providers.cancellation import Cancellation
from chat.providers.clients import close_clients
from chat.providers.errors import PLAIN_WORDS, FailureKind
from chat.providers.events import (
    Activity,
    Cancelled,
    Done,
    Failed,
    File,
    Finish,
    ProviderEvent,
    Reasoning,
    Replace,
    Started,
    Terminal,
    Text,
    Tool,
    Usage,
)
from chat.providers.registry import KINDS, create

__all__ = [
    "KINDS",
    "PLAIN_WORDS",
    "Activity",
    "Attribution",
    "Backend",
    "Cancellation",
    "Cancelled",
    "ChatRequest",
    "Check",
    "Done",
    "Failed",
    "FailureKind",
    "File",
    "Finish",
    "Limits",
    "Provider",
    "ProviderEvent",
    "Reasoning",
    "Replace",
    "Started",
    "Terminal",
    "Text",
    "Timeouts",
    "Tool",
    "Turn",
    "Usage",
    "close_clients",
    "create",
]
