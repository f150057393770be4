"""An app behind Dify's service API: chatbot, agent, new agent or chatflow. It keeps the conversation itself."""

from chat.providers.dify.provider import DifyProvider

__all__ = ["DifyProvider"]
