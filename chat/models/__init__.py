"""What exists, rules about one row, and who may see which rows."""

from chat.models.assistants import Assistant
from chat.models.attachments import Attachment
from chat.models.attempts import Attempt
from chat.models.conversations import RemoteConversation
from chat.models.feedback import Feedback
from chat.models.memberships import Membership
from chat.models.mentions import Mention
from chat.models.messages import Message
from chat.models.replies import Reply
from chat.models.rooms import Room
from chat.models.sites import SiteSettings
from chat.models.tokens import ApiToken
from chat.models.usage import UsageLimit, UsageRecord
from chat.models.users import User

__all__ = [
    "ApiToken",
    "Assistant",
    "Attachment",
    "Attempt",
    "Feedback",
    "Membership",
    "Mention",
    "Message",
    "RemoteConversation",
    "Reply",
    "Room",
    "SiteSettings",
    "UsageLimit",
    "UsageRecord",
    "User",
]
