from __future__ import annotations

from django.db import models


class Mention(models.Model):
    """Somebody was named. Room and sequence stand here too, so that a badge is one index range."""

    message = models.ForeignKey("chat.Message", models.CASCADE, related_name="mentions")
    user = models.ForeignKey("chat.User", models.PROTECT, related_name="mentions")
    room = models.ForeignKey("chat.Room", models.PROTECT, related_name="+")
    sequence = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint("message", "user", name="mention_once_per_message")]
        indexes = [models.Index("user", "room", "sequence", name="mention_unread")]

    def __str__(self) -> str:
        return f"{self.user} in message {self.message_id}"
