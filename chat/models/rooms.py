from __future__ import annotations

import re
from collections.abc import Collection, Container
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy

from chat.addresses import address
from chat.exceptions import NotAMember, NotFound, RoomArchived
from chat.logcontext import note
from chat.models.messages import Message
from chat.prepared import Given, PreparedChange, PreparedRows

if TYPE_CHECKING:
    from chat.models.memberships import Membership
    from chat.models.users import User

MOST_INSTRUCTIONS = 4000  # characters
UNTITLED = "New chat"
RESERVED_SLUGS = frozenset({"everybody"})  # `limit room everybody` means each of them
SLUG_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}\Z"


def spoke_at(prefix: str = "") -> Subquery:
    """When somebody wrote last, for a query of rooms, or of what leads to one by this prefix."""
    latest = Message.objects.filter(room=OuterRef(f"{prefix}pk"), sequence=OuterRef(f"{prefix}last_sequence"))
    return Subquery(latest.values("created_at")[:1])


class RoomQuerySet(models.QuerySet["Room"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Rooms this person may read: the public ones, and those they belong to."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.readable_by(user)

    def readable_by(self, user: User | Given) -> Self:
        """The same, of somebody whose account is known to be open."""
        mine = Q(memberships__user=user)
        return self.filter(Q(kind=Room.Kind.PUBLIC) | Q(pk__in=Room.objects.filter(mine).values("pk")))

    def joined_by(self, user: User) -> Self:
        return self.filter(memberships__user=user)

    def chats_of(self, user: User) -> Self:
        """What this person talks about with assistants."""
        return self.filter(chat_with__isnull=False, memberships__user=user, memberships__role="owner")

    def latest_first(self) -> Self:
        """Adds ``spoke_at``: when somebody wrote last, or else when the room was made."""
        return self.annotate(spoke_at=Coalesce(spoke_at(), F("created_at"))).order_by("-spoke_at", "-pk")

    def lock(self, pk: int) -> Room:
        """The room, held until the transaction ends, so that numbers are committed in the order they are taken.

        On SQLite every transaction is IMMEDIATE and holds the whole database already.

        :raises NotFound: there is no such room.
        """
        room: Room | None = LOCKED.instance(pk=pk)
        if room is None:
            raise NotFound
        note(room=pk)
        return room


def is_slug(text: str) -> bool:
    """Can a room be called so? Not every text is one that a database could be asked for."""
    return re.match(SLUG_PATTERN, text) is not None


class Room(models.Model):
    class Kind(models.TextChoices):
        PUBLIC = "public"
        PRIVATE = "private"
        DIRECT = "direct"

    slug = models.CharField(
        max_length=64,
        unique=True,
        validators=[
            RegexValidator(
                SLUG_PATTERN,
                gettext_lazy("An address has small letters, digits, dashes and underscores, at most 64."),
            )
        ],
        error_messages={"unique": gettext_lazy("A room with this address exists already.")},
    )
    name = models.CharField(max_length=80)
    topic = models.CharField(max_length=300, blank=True, default="")
    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.PUBLIC)
    answering_assistant = models.ForeignKey(
        "chat.Assistant",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="answers_in",
        help_text="Answers every message of this room",
    )
    instructions = models.TextField(
        max_length=MOST_INSTRUCTIONS,
        blank=True,
        default="",
        db_default="",
        help_text="What assistants are told besides, in this room",
    )
    has_assistants = models.BooleanField(
        "assistants answer", default=True, db_default=True, help_text="Off: no assistant answers in this room"
    )
    chat_with = models.ForeignKey(
        "chat.Assistant",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="chats",
        help_text="The assistant that one person made this room to talk to",
    )
    is_untitled = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Named by its first exchange"
    )
    direct_key = models.CharField(max_length=255, null=True, blank=True, unique=True, editable=False)
    revision = models.PositiveBigIntegerField(default=0, editable=False)
    changed_revision = models.PositiveBigIntegerField(default=0, editable=False)
    last_sequence = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = RoomQuerySet.as_manager()
    _is_marked = False

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(slug__regex=SLUG_PATTERN), name="room_slug_is_well_formed"),
            models.CheckConstraint(condition=Q(changed_revision__lte=F("revision")), name="room_changed_before_now"),
            models.CheckConstraint(
                condition=Q(kind="direct", direct_key__isnull=False) | (~Q(kind="direct") & Q(direct_key__isnull=True)),
                name="room_direct_has_its_people",
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return address("room", self.slug)

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        super().clean_fields(exclude)
        if self._state.adding and self.slug in RESERVED_SLUGS:
            raise ValidationError({"slug": gettext_lazy("This address is reserved.")}, code="reserved")

    @property
    def is_direct(self) -> bool:
        return self.kind == self.Kind.DIRECT

    @property
    def is_chat(self) -> bool:
        """What one person talks about with one assistant."""
        return self.chat_with_id is not None

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    def take_revision(self) -> int:
        """The next change's number. Only between ``lock()`` and ``keep()``."""
        self.revision += 1
        return self.revision

    def take_sequence(self) -> int:
        """The next place in the room. Only between ``lock()`` and ``keep()``."""
        self.last_sequence += 1
        return self.last_sequence

    def mark_changed(self) -> None:
        """The room itself changes: one number, however many things of it change in this transaction."""
        if not self._is_marked:
            self._is_marked = True
            self.changed_revision = self.take_revision()

    def keep(self, *fields: str) -> None:
        """Write the numbers taken, and other fields with them."""
        if fields:
            self.save(update_fields=["revision", "changed_revision", "last_sequence", *fields])
        else:
            NUMBERS.apply(
                pk=self.pk,
                revision=self.revision,
                changed_revision=self.changed_revision,
                last_sequence=self.last_sequence,
            )

    def is_readable_by_member_of(self, room_ids: Container[int]) -> bool:
        """As ``readable_by`` says it to the database."""
        return self.kind == self.Kind.PUBLIC or self.pk in room_ids

    def membership_of(self, user: User) -> Membership | None:
        return self.memberships.filter(user=user).first()

    def gives_say_to(self, user: User) -> bool:
        """In what assistants write here: its members, and staff. Who may only read a public room has none."""
        return user.is_staff or self.membership_of(user) is not None

    def require_open(self) -> None:
        """:raises RoomArchived:"""
        if self.is_archived:
            raise RoomArchived

    def require_member(self, user: User) -> Membership:
        """:raises NotAMember: they do not belong to this room, or their account is closed."""
        membership = self.memberships.select_related("user").filter(user=user, user__is_active=True).first()
        if membership is None:
            raise NotAMember
        return membership


LOCKED = PreparedRows(lambda: Room.objects.select_for_update(no_key=True).filter(pk=Given("pk")).order_by())
NUMBERS = PreparedChange(
    lambda: Room.objects.filter(pk=Given("pk")).order_by(),
    revision=Given("revision"),
    changed_revision=Given("changed_revision"),
    last_sequence=Given("last_sequence"),
)
