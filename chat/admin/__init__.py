"""The pages for staff. What they change goes by the services, as elsewhere; nothing with a number is removed."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.models import Group

from chat.admin import (
    assistants,
    attachments,
    memberships,
    messages,
    people,
    replies,
    rooms,
    signing_in,
    sites,
    tokens,
    usage,
)

admin.site.unregister(Group)  # staff may do everything: there is nothing to group

__all__ = [
    "assistants",
    "attachments",
    "memberships",
    "messages",
    "people",
    "replies",
    "rooms",
    "signing_in",
    "sites",
    "tokens",
    "usage",
]
