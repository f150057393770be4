"""What was asked of back ends, what it cost, and how much of it there may be.

Limits are checked against one counter per subject and day, never against the single requests: a sum over a month reads
at most 31 rows, whatever was asked. Days are those of UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from chat.prepared import Given, PreparedChange, PreparedInsert, PreparedRows


class Scope(models.TextChoices):
    """Whose usage is counted. The order of the values is the order in which counters are locked."""

    ASSISTANT = "assistant"
    PERSON = "person"
    ROOM = "room"


def utc_day() -> date:
    return timezone.now().date()


class UsageLimit(models.Model):
    """How much there may be, for somebody given or, where nobody is, for everybody of the scope.

    A row of one's own stands instead of the one for everybody: what is empty in it is not limited.
    """

    scope = models.CharField(max_length=9, choices=Scope.choices)
    person = models.OneToOneField("chat.User", models.CASCADE, null=True, blank=True, related_name="usage_limit")
    room = models.OneToOneField("chat.Room", models.CASCADE, null=True, blank=True, related_name="usage_limit")
    assistant = models.OneToOneField(
        "chat.Assistant", models.CASCADE, null=True, blank=True, related_name="usage_limit"
    )
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    tokens_per_day = models.PositiveBigIntegerField(null=True, blank=True)
    tokens_per_month = models.PositiveBigIntegerField(null=True, blank=True)
    cost_per_month = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="In US dollars; counts where the assistant has prices or its back end names the cost",
    )

    NUMBERS = ("requests_per_minute", "tokens_per_day", "tokens_per_month", "cost_per_month")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="person", room=None, assistant=None)
                | Q(scope="room", person=None, assistant=None)
                | Q(scope="assistant", person=None, room=None),
                name="usage_limit_is_of_its_scope",
                violation_error_message="Name one of the scope, or nobody: then it is for everybody.",
            ),
            models.UniqueConstraint(
                fields=["scope"],
                condition=Q(person=None, room=None, assistant=None),
                name="usage_limit_for_everybody_once",
                violation_error_message="There is a limit for everybody of this scope already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.subject or '(everybody)'}"

    @property
    def subject(self) -> Any:
        """The one person, room or assistant; None: all of them."""
        return getattr(self, self.scope) if self.scope else None


class UsageRecord(models.Model):
    """One request to a back end: reserved before, settled with what was used, or released if nothing was."""

    class State(models.TextChoices):
        RESERVED = "reserved"
        SETTLED = "settled"
        RELEASED = "released"

    class Source(models.TextChoices):
        ROOM = "room", "room"
        OPENAI = "openai", "/v1"

    person = models.ForeignKey("chat.User", models.PROTECT, related_name="usage")
    room = models.ForeignKey("chat.Room", models.PROTECT, null=True, blank=True, related_name="usage")
    assistant = models.ForeignKey("chat.Assistant", models.PROTECT, related_name="usage")
    attempt = models.ForeignKey("chat.Attempt", models.SET_NULL, null=True, blank=True, related_name="usage")
    source = models.CharField(max_length=6, choices=Source.choices, default=Source.ROOM)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RESERVED)
    day = models.DateField(default=utc_day)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    reserved_tokens = models.PositiveBigIntegerField(default=0)
    reserved_cost = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    prompt_tokens = models.PositiveBigIntegerField(default=0, help_text="An estimate, until it is settled")
    completion_tokens = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(
        max_digits=14, decimal_places=6, null=True, blank=True, help_text="In US dollars; empty: nobody knows"
    )
    is_estimated = models.BooleanField(default=False, help_text="The back end did not count")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="reserved") | Q(reserved_tokens=0, reserved_cost=0),
                name="usage_settled_reserves_nothing",
            )
        ]
        indexes = [
            models.Index("person", "created_at", name="usage_of_a_person"),
            models.Index("room", "created_at", name="usage_of_a_room"),
            models.Index("assistant", "created_at", name="usage_of_an_assistant"),
            models.Index(fields=["created_at"], name="usage_reserved", condition=Q(state="reserved")),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"

    @property
    def subjects(self) -> dict[Scope, int]:
        """Whose counters this request is in."""
        found = {Scope.ASSISTANT: self.assistant_id, Scope.PERSON: self.person_id}
        return found if self.room_id is None else found | {Scope.ROOM: self.room_id}


class UsageDay(models.Model):
    """The counter of one subject for one day. Whoever reserves holds today's rows, so that no two see the same rest."""

    scope = models.CharField(max_length=9, choices=Scope.choices)
    subject = models.PositiveBigIntegerField(help_text="The id of the person, room or assistant")
    day = models.DateField()
    requests = models.PositiveBigIntegerField(default=0)
    prompt_tokens = models.PositiveBigIntegerField(default=0)
    completion_tokens = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    reserved_tokens = models.PositiveBigIntegerField(default=0)
    reserved_cost = models.DecimalField(max_digits=14, decimal_places=6, default=0)

    class Meta:
        constraints = [models.UniqueConstraint("scope", "subject", "day", name="usage_day_once")]
        indexes = [models.Index("scope", "day", name="usage_by_day")]

    def __str__(self) -> str:
        return f"{self.scope} {self.subject} on {self.day}"

    @classmethod
    def hold(cls, record: UsageRecord) -> bool:
        """Lock them until the transaction ends, always in the same order. False: they do not all exist yet."""
        return len(COUNTERS.all(**_counted(record))) == len(record.subjects)

    @staticmethod
    def hold_all(records: Iterable[UsageRecord]) -> None:
        """Those of several requests, in the order in which each of them holds its own."""
        counters = {(str(scope), pk, record.day) for record in records for scope, pk in record.subjects.items()}
        if counters:
            mine = (Q(scope=scope, subject=subject, day=day) for scope, subject, day in counters)
            held = UsageDay.objects.filter(Q(*mine, _connector=Q.OR)).select_for_update()
            list(held.order_by("scope", "subject", "day").values_list("pk"))

    @staticmethod
    def make(record: UsageRecord) -> None:
        """Not while any is held: nobody may wait for an insert and hold what its writer waits for."""
        subjects = sorted(record.subjects.items())
        rows = [UsageDay(scope=scope, subject=subject, day=record.day) for scope, subject in subjects]
        UsageDay.objects.bulk_create(rows, ignore_conflicts=True)

    @staticmethod
    def add(record: UsageRecord, **amounts: Any) -> None:
        """To each of them. They are held."""
        MORE.apply(**_counted(record), **(dict.fromkeys(AMOUNTS, 0) | amounts))


NOBODY = 0  # the id of no row
AMOUNTS = ("requests", "prompt_tokens", "completion_tokens", "cost", "reserved_tokens", "reserved_cost")


def _counted(record: UsageRecord) -> dict[str, Any]:
    subjects = dict.fromkeys(map(str, Scope), NOBODY) | {str(scope): pk for scope, pk in record.subjects.items()}
    return {**subjects, "day": record.day}


def _counters() -> models.QuerySet[UsageDay]:
    """Those that a request is in."""
    mine = (Q(scope=scope, subject=Given(str(scope))) for scope in Scope)
    return UsageDay.objects.filter(Q(*mine, _connector=Q.OR), day=Given("day", models.DateField()))


def _more(name: str) -> models.Expression:
    kind = models.DecimalField(max_digits=14, decimal_places=6) if "cost" in name else models.BigIntegerField()
    return F(name) + Given(name, kind)


COUNTERS = PreparedRows(lambda: _counters().select_for_update().order_by("scope").values_list("pk"))
MORE = PreparedChange(_counters, **{name: _more(name) for name in AMOUNTS})
BOOKED = PreparedInsert(lambda: UsageRecord)
LIMITS = PreparedRows(
    lambda: UsageLimit.objects.filter(
        Q(person=None, room=None, assistant=None)
        | Q(person=Given("person"))
        | Q(room=Given("room"))
        | Q(assistant=Given("assistant"))
    ).order_by("person", "room", "assistant")
)
