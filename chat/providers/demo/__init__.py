"""The built-in demo assistant: no model, no network, the same answer to the same question."""

from chat.providers.demo.provider import DemoProvider, Pace

__all__ = ["DemoProvider", "Pace"]
