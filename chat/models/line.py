"""The line in front of each back end: first come, first served, one of each person in turn.

A reply draws its ``turn`` when it is queued: one more than the asker's last in this line, but never less than the turn
that is being served. So one person's tenth request stands behind the first of everybody who comes meanwhile, the order
never changes afterwards, and a place is a count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Case, CharField, Count, F, Max, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Concat, Now

from chat.prepared import Given, PreparedRows

if TYPE_CHECKING:
    from chat.models.assistants import Assistant
    from chat.models.messages import Message
    from chat.models.users import User

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


def back_end(of: Callable[[str], Any] = F, prefix: str = "") -> Concat:
    """What a reply's back end is known by, as an expression: that of whoever is asked."""
    provider, base_url = (
        Coalesce(of(f"{prefix}answerer__{name}"), of(f"{prefix}assistant__{name}")) for name in ("provider", "base_url")
    )
    return Concat(provider, Value(" "), base_url, output_field=CharField())


def place_in_line() -> Case:
    """For a query of messages: the how-manieth a queued reply is among those that wait for its back end."""
    from chat.models.messages import Message
    from chat.models.replies import Reply

    turn, pk = OuterRef("reply__turn"), OuterRef("reply__pk")
    earlier = (
        Reply.objects.in_line()
        .filter(Q(turn__lt=turn) | Q(turn=turn, pk__lt=pk))
        .annotate(back_end=back_end())
        .filter(back_end=back_end(OuterRef, "reply__"))
    )
    count = Subquery(earlier.order_by().values("is_open").annotate(count=Count("pk")).values("count"))
    return Case(When(status=Message.Status.QUEUED, then=Coalesce(count, 0) + 1), output_field=models.IntegerField())


def find_places(messages: Sequence[Message]) -> None:
    """Few messages wait: to say it within the query of all takes longer than to ask for those few."""
    from chat.models.messages import Message

    queued = [message.pk for message in messages if message.status == Message.Status.QUEUED]
    if queued:
        found = Message.objects.filter(pk__in=queued).annotate(_place=place_in_line())
        places = dict(found.values_list("pk", "_place"))
        for message in messages:
            message.place = places.get(message.pk)


class LineQuerySet(models.QuerySet[Row_co]):
    """Of replies."""

    def running(self, *statuses: str, room: int | None = None) -> Self:
        """Open ones whose messages are of these statuses, and of this room.

        Both are looked up for each open reply and not joined: SQLite, which keeps no statistics, would begin with the
        messages, all that there are.
        """
        from chat.models.messages import Message

        message = Message.objects.filter(pk=OuterRef("message"))
        found = self.filter(is_open=True).alias(status=Subquery(message.values("status"))).filter(status__in=statuses)
        if room is None:
            return found
        return found.alias(its_room=Subquery(message.values("room"))).filter(its_room=room)

    def in_line(self) -> Self:
        """Those whose turn has not come yet."""
        return self.running("queued")

    def in_turn(self) -> Self:
        return self.order_by("turn", "pk")

    def asked_of(self, assistants: tuple[int, ...]) -> Self:
        return self.filter(Q(answerer__in=assistants) | Q(answerer=None, assistant__in=assistants))

    def not_asked_of(self, assistants: tuple[int, ...]) -> Self:
        return self.exclude(Q(answerer__in=assistants) | Q(answerer=None, assistant__in=assistants))

    def written_by(self, assistants: tuple[int, ...]) -> Self:
        """Being written at this moment, by one of these."""
        writing = self.filter(is_open=True, lease_expires_at__gte=Now()).exclude(lease_owner="")
        return writing.annotate(writer=Coalesce("current__answered_by", "assistant")).filter(writer__in=assistants)

    def next_turn(self, *, asker: User, assistant: Assistant) -> int:
        """For a reply that is queued now."""
        ends = TURNS.first(asker=asker.pk, back_end=assistant.back_end)
        _, served, own = ends or (True, None, None)
        return max((served or 1) - 1, own or 0) + 1


def _turns() -> models.QuerySet[Any, Any]:
    """One row, if anybody waits: the turn that is served next, and the asker's own last."""
    from chat.models.replies import Reply

    line = Reply.objects.in_line().annotate(back_end=back_end()).filter(back_end=Given("back_end", CharField()))
    own = Max("turn", filter=Q(asker=Given("asker")))
    return line.order_by().values_list("is_open").annotate(served=Min("turn"), own=own)


TURNS = PreparedRows(_turns)
