from __future__ import annotations

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone


class AssistantQuerySet(models.QuerySet["Assistant"]):
    def enabled(self) -> Self:
        return self.filter(enabled=True, user__is_active=True)


class Assistant(models.Model):
    """How an assistant comes to its words. Its name, face and memberships are its user's."""

    user = models.OneToOneField(
        "chat.User", models.PROTECT, related_name="assistant", limit_choices_to={"kind": "assistant"}
    )
    provider = models.CharField(max_length=16, default="demo")
    base_url = models.CharField("base URL", max_length=300, blank=True, default="")
    key_env = models.CharField(
        "key variable",
        max_length=64,
        blank=True,
        default="",
        validators=[
            RegexValidator(r"^[A-Z][A-Z0-9_]*$", "The name of an environment variable: capitals, digits, underscores.")
        ],
        help_text="The name of the environment variable that holds the key. The key itself is never stored.",
    )
    model = models.CharField(max_length=120, blank=True, default="")
    prompt = models.TextField("system prompt", blank=True, default="")
    temperature = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(2)])
    max_tokens = models.PositiveIntegerField(
        null=True, blank=True, help_text="At most so many tokens in a reply; empty: the model decides"
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AssistantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(temperature__isnull=True) | Q(temperature__gte=0, temperature__lte=2),
                name="assistant_temperature_in_range",
            )
        ]

    def __str__(self) -> str:
        return self.user.username

    @property
    def slug(self) -> str:
        return self.user.username
