"""Any server that speaks the OpenAI-compatible ``POST …/chat/completions`` with ``stream: true``."""

from chat.providers.openai.provider import OpenAIProvider

__all__ = ["OpenAIProvider"]
