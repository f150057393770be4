"""What the ledger asks and writes for every reply, made into SQL once."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from chat.models import Attempt, Message, Reply
from chat.models.replies import lease_end
from chat.prepared import (
    Given,
    PreparedChange,
    PreparedInsert,
    PreparedRows,
    PreparedWhole,
    columns_given,
    columns_of,
)


def _claimed() -> QuerySet[Reply, Any]:
    whose = "message__room_id", "message__revision", "assistant__user__username"
    return Reply.objects.filter(pk=Given("reply")).values_list(*columns_of(Reply), *whose)


HELD = PreparedChange(
    lambda: Reply.objects.held_by(Given("owner"), Given("attempt")).filter(pk=Given("reply"), is_open=True),
    lease_expires_at=lease_end(),
)
CLOSED = PreparedChange(
    lambda: Reply.objects.filter(pk=Given("reply")),
    is_open=False,
    lease_owner="",
    lease_expires_at=None,
    current=Given("attempt"),
)
ATTEMPT = PreparedRows(lambda: Attempt.objects.filter(reply=Given("reply"), number=Given("number")).order_by())
ENDED = PreparedChange(lambda: Attempt.objects.filter(pk=Given("id")), **columns_given(Attempt))
CLAIMED = PreparedRows(_claimed)
BEGUN = PreparedInsert(lambda: Attempt)
CURRENT = PreparedChange(lambda: Reply.objects.filter(pk=Given("reply")), current=Given("attempt"))
STREAMING = PreparedChange(
    lambda: Message.objects.filter(pk=Given("message")),
    status=Message.Status.STREAMING,
    attempt_number=Given("number"),
)
WHOLE = PreparedWhole(lambda: Message.objects.whole().filter(pk=Given("message")))
