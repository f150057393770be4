"""What is announced. Services call these after commit; nothing else sends to groups."""

from chat.events.announcing import after_commit
from chat.events.messages import message_created, message_deleted, message_updated
from chat.events.people import access_changed, mentioned, presence_changed, read_moved, typing
from chat.events.publisher import SITE, publish, publisher_of, room_group, running_loop, say_all, say_kept, together
from chat.events.replies import (
    ending,
    growth,
    regrowth,
    reply_ended,
    reply_grew,
    reply_started,
    reply_stop_wanted,
    thinking,
)
from chat.events.rooms import membership_changed, room_changed, room_in_doubt, room_listed, site_in_doubt
from chat.events.transactions import changing

__all__ = [
    "SITE",
    "access_changed",
    "after_commit",
    "changing",
    "ending",
    "growth",
    "membership_changed",
    "mentioned",
    "message_created",
    "message_deleted",
    "message_updated",
    "presence_changed",
    "publish",
    "publisher_of",
    "read_moved",
    "regrowth",
    "reply_ended",
    "reply_grew",
    "reply_started",
    "reply_stop_wanted",
    "room_changed",
    "room_group",
    "room_in_doubt",
    "room_listed",
    "running_loop",
    "say_all",
    "say_kept",
    "site_in_doubt",
    "thinking",
    "together",
    "typing",
]
