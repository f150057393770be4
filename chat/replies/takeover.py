"""Who gets a reply that is nobody's, or whose holder has let the lease run out. Blocks."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now

from chat.models import Reply
from chat.models.replies import ReplyQuerySet, lease_end
from chat.prepared import Given, PreparedChange
from chat.replies.owner import is_another_alive

PATIENCE_SECONDS = 40  # with a process of this host that is there, and late


def take(owner: str, reply_id: int) -> tuple[bool, bool]:
    """Whether nobody held it and it is ours, and whether it was held, by a lease that has run out, and is ours."""
    if TAKEN.apply(reply=reply_id, owner=owner):
        return True, False
    lease = {"lease_owner": owner, "lease_expires_at": lease_end(), "attempt": F("attempt") + 1}
    late = Reply.objects.waiting().filter(pk=reply_id).exclude(lease_owner="")
    if _is_slow(late):
        return False, False
    return False, bool(late.update(**lease, takeovers=F("takeovers") + 1))


def _is_slow(late: ReplyQuerySet) -> bool:
    """Its holder is there, and the lease ran out only now: a machine that has much to do makes nobody dead."""
    recently = Now() - timedelta(seconds=PATIENCE_SECONDS)
    holder = late.filter(lease_expires_at__gt=recently).values_list("lease_owner", flat=True).first()
    return holder is not None and is_another_alive(holder)


TAKEN = PreparedChange(
    lambda: Reply.objects.waiting().filter(pk=Given("reply"), lease_owner=""),
    lease_owner=Given("owner"),
    lease_expires_at=lease_end(),
    attempt=F("attempt") + 1,
)
