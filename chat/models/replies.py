"""A reply is an assistant's message; each try at it is an attempt. Who writes it now holds its lease."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models.line import LineQuerySet
from chat.models.messages import Message
from chat.prepared import Given
from chat.providers import PLAIN_WORDS, SHORT_WORDS, FailureKind

if TYPE_CHECKING:
    from chat.models.assistants import Assistant

LEASE_SECONDS = 20
MAX_TAKEOVERS = 2


def lease_end() -> models.Expression:
    """By the database's clock, so that processes with wrong clocks agree."""
    return models.ExpressionWrapper(Now() + timedelta(seconds=LEASE_SECONDS), output_field=models.DateTimeField())


class ReplyQuerySet(LineQuerySet["Reply"]):
    def waiting(self) -> Self:
        """Nobody writes these: queued, or whoever wrote them has let the lease run out.

        All conditions stand on the reply's own row: an UPDATE that waited for a rival checks them again.
        """
        return self.filter(Q(lease_owner="") | Q(lease_expires_at__lt=Now()), is_open=True)

    def to_steer(self) -> Self:
        """With everything that stopping and asking again need."""
        return self.filter(message__deleted_at__isnull=True).select_related(
            "message__author", "message__reply_to__author", "assistant__user", "current", "prompt", "answerer__user"
        )

    def held_by(self, owner: str | Given, attempt: int | Given) -> Self:
        """The fence. The owner alone is not enough: a process can be its own stale rival."""
        return self.filter(lease_owner=owner, attempt=attempt)


class Reply(models.Model):
    message = models.OneToOneField("chat.Message", models.PROTECT, related_name="reply")
    assistant = models.ForeignKey("chat.Assistant", models.PROTECT, related_name="replies")
    prompt = models.ForeignKey("chat.Message", models.PROTECT, related_name="prompted")
    asker = models.ForeignKey("chat.User", models.PROTECT, related_name="+")
    attempt = models.PositiveSmallIntegerField(default=0, help_text="The number of the newest attempt")
    current = models.ForeignKey("chat.Attempt", models.SET_NULL, null=True, blank=True, related_name="+")
    is_open = models.BooleanField(default=True, help_text="Queued or being written")
    lease_owner = models.CharField(max_length=120, blank=True, default="")
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    takeovers = models.PositiveSmallIntegerField(default=0)
    stopped_by = models.ForeignKey("chat.User", models.PROTECT, null=True, blank=True, related_name="+")
    answerer = models.ForeignKey(
        "chat.Assistant",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Asked instead of the assistant whose message it is",
    )
    goes_on = models.BooleanField(
        default=False, db_default=False, help_text="The next attempt goes on where the newest one ended"
    )
    turn = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="Its place in the line of its back end"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "replies"
        indexes = [models.Index(fields=["created_at"], name="reply_open", condition=Q(is_open=True))]

    def __str__(self) -> str:
        return f"reply {self.pk}"

    @property
    def is_cut_off(self) -> bool:
        """Can it go on where it ended? An attempt that a restart ended may have left its words to the next."""
        attempt = self.current
        if attempt is None or not attempt.is_cut_off:
            return False
        return bool(attempt.text or (self.message.status == Message.Status.INTERRUPTED and self.message.text))

    @property
    def problem(self) -> str:
        """What happened, for people in the room. The provider's own words are for staff."""
        if self.message.status == Message.Status.INTERRUPTED:
            return _("The server was interrupted while this was being written.")
        return self.current.problem if self.message.status == Message.Status.FAILED and self.current else ""

    def stand_in_note(self, attempt: Attempt) -> str:
        """Who answered, and why not whoever was asked; nothing if it was them."""
        if attempt.fallback_kind not in set(FailureKind):
            return ""
        writer = attempt.answered_by or self.assistant
        asked = self.answerer if self.answerer and self.answerer != writer else self.assistant
        why = _(SHORT_WORDS[FailureKind(attempt.fallback_kind)])
        begins = _("asking") if attempt.status == Message.Status.STREAMING else _("answered by")
        return f"{begins} {writer.user.shown_name}: {asked.user.shown_name} {why}"


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def with_words(self) -> Self:
        return self.exclude(text="").order_by("number")


class Attempt(models.Model):
    reply = models.ForeignKey(Reply, models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=11, choices=Message.Status.choices, default=Message.Status.STREAMING)
    text = models.TextField(blank=True, default="")
    reasoning = models.TextField(blank=True, default="")
    token_sequence = models.PositiveIntegerField(default=0)
    model = models.CharField(max_length=120, blank=True, default="")
    finish = models.CharField(max_length=20, blank=True, default="")
    prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    error_kind = models.CharField(max_length=20, blank=True, default="")
    error_detail = models.CharField(
        max_length=600, blank=True, default="", help_text="The provider's own words, for staff"
    )
    is_retryable = models.BooleanField(default=True)
    retry_at = models.DateTimeField(null=True, blank=True, help_text="When the limit that was used up starts anew")
    answered_by = models.ForeignKey(
        "chat.Assistant",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who wrote it, if it is not the assistant whose message it is",
    )
    fallback_kind = models.CharField(
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text="Why somebody else had to answer: the kind of the failure",
    )
    goes_on = models.BooleanField(
        default=False, db_default=False, help_text="Its text begins with that of the attempt before"
    )
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, help_text="In US dollars")
    remote_id = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text="What the back end calls this answer"
    )
    started_at = models.DateTimeField(default=timezone.now)
    first_reasoning_at = models.DateTimeField(null=True, blank=True)
    first_token_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint("reply", "number", name="attempt_number_is_unique"),
            models.CheckConstraint(condition=Q(number__gte=1), name="attempt_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of reply {self.reply_id}"

    @property
    def problem(self) -> str:
        if self.status != Message.Status.FAILED:
            return ""
        kind = self.error_kind
        if kind == FailureKind.LIMIT:
            return self.error_detail  # our own words: what was used, of how much, until when
        return _(PLAIN_WORDS[FailureKind(kind)]) if kind in set(FailureKind) else _("Something went wrong.")

    @property
    def author(self) -> Assistant:
        """Who wrote it."""
        return self.answered_by or self.reply.assistant

    @property
    def is_cut_off(self) -> bool:
        """It ended before its end: at the model's limit, or because somebody or something stopped it."""
        return self.finish == "length" or self.status in (
            Message.Status.STOPPED,
            Message.Status.FAILED,
            Message.Status.INTERRUPTED,
        )

    @property
    def first_token_seconds(self) -> float | None:
        return _seconds(self.started_at, self.first_token_at)

    @property
    def thought_seconds(self) -> float | None:
        """From the first thought to the first word; to the end, if no word came."""
        return _seconds(self.first_reasoning_at or self.started_at, self.first_token_at or self.ended_at)

    @property
    def seconds(self) -> float | None:
        return _seconds(self.started_at, self.ended_at)


def _seconds(since: datetime | None, until: datetime | None) -> float | None:
    if since is None or until is None:
        return None
    return max(0.0, (until - since).total_seconds())


class Feedback(models.Model):
    """What one person thinks of one attempt."""

    class Rating(models.IntegerChoices):
        UP = 1
        DOWN = -1

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="feedback")
    user = models.ForeignKey("chat.User", models.PROTECT, related_name="+")
    rating = models.SmallIntegerField(choices=Rating.choices)
    words = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "feedback"
        constraints = [models.UniqueConstraint("attempt", "user", name="feedback_once_per_person")]

    def __str__(self) -> str:
        return f"{self.get_rating_display()} by {self.user_id}"

    @property
    def thumb(self) -> str:
        return "👍" if self.rating == self.Rating.UP else "👎"


class RemoteConversation(models.Model):
    """A conversation that the back end itself remembers: for Dify, one per assistant and room.

    It is kept only after a reply that ended well; ``told_sequence`` is the newest message the back end knows of.
    """

    assistant = models.ForeignKey("chat.Assistant", models.CASCADE, related_name="remote_conversations")
    room = models.ForeignKey("chat.Room", models.CASCADE, related_name="remote_conversations")
    remote_id = models.CharField(max_length=120)
    told_sequence = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("assistant", "room", name="remote_conversation_once_per_room")]

    def __str__(self) -> str:
        return self.remote_id

    @staticmethod
    def user_in(room_id: int) -> str:
        """Who a room is to its back ends: no person's name leaves the site."""
        return f"room-{room_id}"
