from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import ExpressionList
from django.db.models.functions import Coalesce
from django.utils import timezone

from chat.models.mentions import Mention
from chat.models.spelling import containing
from chat.prepared import Given, PreparedAmong, PreparedChange, PreparedRows, Row, columns_of, instance_of

if TYPE_CHECKING:
    from chat.models.rooms import Room
    from chat.models.users import User

Standing = tuple["User", "Membership | None"]  # somebody, and their membership of a room


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of_active(self, room: Room, users: Collection[int]) -> dict[int, Standing]:
        """Those whose accounts are open, as they are now, with their membership of the room, by one query."""
        return {row[0]: _standing(row) for row in STANDINGS.all(users, room=room.pk)}

    def have_read(self, pointers: Mapping[int, int]) -> None:
        """Move the pointers of these memberships forward, never back, in one go."""
        POINTER.apply_each([{"pk": pk, "sequence": sequence} for pk, sequence in pointers.items()])

    def of_people(self, room: Room) -> Self:
        """Everybody in the room but its assistants, owners first, with their users."""
        rows = self.filter(room=room).exclude(user__kind="assistant")
        return rows.select_related("user").order_by("-role", "user__username")

    def called(self, query: str) -> Self:
        """Those whose name, or the name they are shown by, has this in it."""
        return self.filter(containing("user__username", query) | containing("user__display_name", query))

    def tally(self, user: User, *, beside: Room) -> int:
        """A number that is another one as soon as a list of rooms would be drawn otherwise.

        Somebody posted, or one has read, joined or left: in any room but the one shown, whose row counts nothing.
        """
        found = TALLY.first(user=user.pk, room=beside.pk)
        return int(found[0]) if found else 0

    def with_mention_counts(self) -> Self:
        """Adds ``mention_count``: mentions of this member that are not read yet.

        What is deleted mentions nobody any more, so a range of the index is all that is read.
        """
        unread = (
            Mention.objects.filter(
                user=OuterRef("user"), room=OuterRef("room"), sequence__gt=OuterRef("last_read_sequence")
            )
            .order_by()
            .values("room")
            .annotate(count=Count("*"))
            .values("count")
        )
        return self.annotate(mention_count=Coalesce(Subquery(unread), 0))


class Membership(models.Model):
    class Role(models.TextChoices):
        OWNER = "owner"
        MEMBER = "member"

    room = models.ForeignKey("chat.Room", models.PROTECT, related_name="memberships")
    user = models.ForeignKey("chat.User", models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role.choices, default=Role.MEMBER)
    last_read_sequence = models.PositiveBigIntegerField(default=0)
    is_silent = models.BooleanField(
        default=False, db_default=False, help_text="An assistant that does not answer here, even if named"
    )
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("room", "user", name="membership_once_per_room")]

    def __str__(self) -> str:
        return f"{self.user} in {self.room}"

    @property
    def is_owner(self) -> bool:
        return self.role == self.Role.OWNER

    @property
    def unread_count(self) -> int:
        return max(0, self.room.last_sequence - self.last_read_sequence)

    def read_up_to(self, sequence: int) -> bool:
        """Move the pointer forward, never back. True if it moved."""
        moved = POINTER.apply(pk=self.pk, sequence=sequence)
        if moved:
            self.last_read_sequence = sequence
        return bool(moved)


def _standings(users: ExpressionList) -> QuerySet[User, Any]:
    from chat.models.users import User

    theirs = FilteredRelation("memberships", condition=Q(memberships__room=Given("room")))
    active = User.objects.filter(pk__in=users, is_active=True).annotate(theirs=theirs)
    return active.values_list(*columns_of(User), *columns_of(Membership, "theirs__"))


def _standing(row: Row) -> Standing:
    from chat.models.users import User

    end = len(User._meta.concrete_fields)
    is_member = row[end] is not None
    return instance_of(User, row[:end]), instance_of(Membership, row[end:]) if is_member else None


STANDINGS = PreparedAmong(_standings)
TALLY = PreparedRows(
    lambda: (
        Membership.objects.filter(user=Given("user"))
        .exclude(room=Given("room"))
        .order_by()
        .values("user")
        .annotate(tally=Sum(F("room__last_sequence") + F("last_read_sequence") + 1))
        .values_list("tally")
    )
)
POINTER = PreparedChange(
    lambda: Membership.objects.filter(pk=Given("pk"), last_read_sequence__lt=Given("sequence")),
    last_read_sequence=Given("sequence"),
)
