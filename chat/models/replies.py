"""A reply is an assistant's message; each try at it is an attempt. Who writes it now holds its lease."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models.line import LineQuerySet
from chat.models.messages import Message
from chat.prepared import Given
from chat.providers import SHORT_WORDS, FailureKind

if TYPE_CHECKING:
    from chat.models.attempts import Attempt

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
        """Can it go on where its words end? They may be those that another attempt left, before a restart."""
        if self.has_older_words:
            return self.begun is not None and self.begun.is_cut_off
        return self.current is not None and self.current.is_cut_off and bool(self.current.text)

    @property
    def has_older_words(self) -> bool:
        """The newest attempt was cut off before its first word; what is shown was written by one before."""
        if self.current is None or self.current.text or not self.current.is_cut_off:
            return False
        return bool(self.message.text)

    @cached_property
    def begun(self) -> Attempt | None:
        """Whose words it goes on from."""
        return self.attempts.with_words().last()

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
