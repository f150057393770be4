from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models.feedback import Feedback
from chat.models.messages import Message
from chat.providers import PLAIN_WORDS, FailureKind

if TYPE_CHECKING:
    from chat.models.assistants import Assistant


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def with_words(self) -> Self:
        return self.exclude(text="").order_by("number")

    def take_back_words(self) -> None:
        """Nothing of them stays: nor what a back end said of its failure, nor what somebody wrote of them."""
        Feedback.objects.filter(attempt__in=self).update(words="")
        self.update(text="", reasoning="", error_detail="")


class Attempt(models.Model):
    reply = models.ForeignKey("chat.Reply", models.PROTECT, related_name="attempts")
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
        if kind == FailureKind.LIMIT and self.error_detail:  # an export does not have them
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
