"""Does anybody write replies? A process that does takes up at once what waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Min, Q
from django.utils import timezone

from chat.models import Reply
from chat.replies.alive import is_anybody_writing
from chat.replies.capacity import next_in_line
from chat.services.checkup.carrying import keeps
from chat.services.checkup.findings import Finding, doubt, ok

LONG_SECONDS = 30
MOST_LOOKED_AT = 1_000


def replies() -> Iterator[Finding]:
    """Who waits for a back end that is full is none of those."""
    line = [pk for pk, _ in next_in_line(MOST_LOOKED_AT)]
    since = timezone.now() - timedelta(seconds=LONG_SECONDS)
    left = Reply.objects.filter(
        Q(lease_owner="", created_at__lt=since) | Q(lease_expires_at__lt=since), pk__in=line, is_open=True
    )
    first = left.aggregate(first=Min("created_at"))["first"]
    if first is None:
        yield _before_anybody_waits()
        return
    words = f"{left.count()} asked for, and not begun; the first {(timezone.now() - first).total_seconds():.0f} s ago."
    command = "serve" if settings.REPLIES_IN_WEB else "runreplies (REPLIES_IN_WEB=0)"
    yield doubt("replies", words, f"Start manage.py {command}, or more of them.")


def _before_anybody_waits() -> Finding:
    """What is done in web processes needs no word of its own: whether they are there, `address` says."""
    if settings.REPLIES_IN_WEB or is_anybody_writing() or not keeps():
        return ok("replies", "Nobody waits for long.")
    words = "REPLIES_IN_WEB=0 leaves them to processes of their own, and none is there."
    return doubt("replies", words, "Start manage.py runreplies, or set REPLIES_IN_WEB=1 and start serve anew.")
