from __future__ import annotations

from django.db import models
from django.utils import timezone


class Feedback(models.Model):
    """What one person thinks of one attempt."""

    class Rating(models.IntegerChoices):
        UP = 1
        DOWN = -1

    attempt = models.ForeignKey("chat.Attempt", models.PROTECT, related_name="feedback")
    user = models.ForeignKey("chat.User", models.PROTECT, related_name="+")
    rating = models.SmallIntegerField(choices=Rating.choices)
    words = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "feedback"
        constraints = [models.UniqueConstraint("attempt", "user", name="feedback_once_per_person")]

    def __str__(self) -> str:
        return f"{self.get_rating_display()} by {self.user}"

    @property
    def thumb(self) -> str:
        return "👍" if self.rating == self.Rating.UP else "👎"
