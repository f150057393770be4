from __future__ import annotations

from django.db import transaction

from chat import events
from chat.exceptions import Forbidden
from chat.models import SiteSettings, User
from chat.services.stopping import stop_all


def switch_assistants(*, on: bool, by: User) -> SiteSettings:
    """For the whole site, at once. Switched off, those that write stop, outside of rooms too; what they wrote stays.

    :raises Forbidden: not staff.
    """
    if not by.is_staff:
        raise Forbidden
    with transaction.atomic():
        settings, _ = SiteSettings.objects.update_or_create(pk=1, defaults={"has_assistants": on})
        if not on:
            events.after_commit(events.access_changed)
            stop_all(by=by)
    return settings
