from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from chat.models.users import is_name
from chat.prepared import Given
from chat.providers.base import Timeouts

if TYPE_CHECKING:
    from chat.models.rooms import Room

_VARIABLE = re.compile(r"\$[A-Z][A-Z0-9_]{0,63}")


SILENT_SECONDS = 600  # in which a model that reasons may send nothing


def longest_silence(first_byte_seconds: int | None, *, is_reasoning: bool) -> float:
    """In seconds, before an answer."""
    seconds = first_byte_seconds or Timeouts().headers
    return max(seconds, SILENT_SECONDS) if is_reasoning else seconds


def longest_request(first_byte_seconds: int | None, *, is_reasoning: bool = False) -> float:
    """In seconds, all tries included."""
    return max(Timeouts().total, 2 * longest_silence(first_byte_seconds, is_reasoning=is_reasoning))


def _ratings(rating: int) -> models.Expression:
    from chat.models.feedback import Feedback

    author = Coalesce("attempt__answered_by", "attempt__reply__assistant")
    given = Feedback.objects.annotate(author=author).filter(author=OuterRef("pk"), rating=rating).order_by()
    return Coalesce(Subquery(given.values("author").annotate(count=Count("pk")).values("count")), 0)


class AssistantQuerySet(models.QuerySet["Assistant"]):
    def enabled(self) -> Self:
        return self.filter(enabled=True, user__is_active=True)

    def named(self, name: str) -> Self:
        """The one that people write ``@name`` to."""
        name = name.casefold()
        return self.filter(user__username=name) if is_name(name) else self.none()

    def with_ratings(self) -> Self:
        """With ``ups`` and ``downs``: of what each wrote, also in another's place."""
        return self.annotate(ups=_ratings(1), downs=_ratings(-1))

    def answering_in(self, room: Room | Given) -> Self:
        """Those of a room that speak there: switched on, and not told to be silent."""
        return self.enabled().filter(user__memberships__room=room, user__memberships__is_silent=False)


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
    context_tokens = models.PositiveIntegerField(
        "context window",
        null=True,
        blank=True,
        validators=[MinValueValidator(200)],
        help_text="How many tokens the model reads and writes in one go; empty: as HISTORY_TOKENS says",
    )
    first_byte_seconds = models.PositiveSmallIntegerField(
        "seconds until an answer begins",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3600)],
        help_text=(
            "How long it may take until an answer begins: a local server may have to load its model first; empty: 120"
        ),
    )
    is_reasoning_model = models.BooleanField(
        "reasoning model",
        default=False,
        db_default=False,
        help_text="Ask it as OpenAI's reasoning models want to be asked: role developer, max_completion_tokens",
    )
    sees_images = models.BooleanField(default=False, db_default=False, help_text="Pictures go along with a question")
    headers = models.JSONField(
        "extra headers",
        default=dict,
        db_default={},
        blank=True,
        help_text='Sent with each request, like {"api-key": "$AZURE_KEY"}: $NAME stands for an environment variable',
    )
    query = models.JSONField(
        "extra query parameters",
        default=dict,
        db_default={},
        blank=True,
        help_text='Like {"api-version": "2024-10-21"}',
    )
    body = models.JSONField(
        "extra body keys",
        default=dict,
        db_default={},
        blank=True,
        help_text='Sent with each question, like {"models": ["a/x", "b/y"]} or, for Dify, {"inputs": {"topic": "tea"}}',
    )
    fallback = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="stands_in_for",
        help_text="Answers in its place when its own back end cannot",
    )
    at_once = models.PositiveSmallIntegerField(
        "replies at once",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="So many replies at most does its back end write at a time; empty: as many as come",
    )
    prompt_price = models.DecimalField(
        "price of a million prompt tokens",
        max_digits=10,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="In US dollars; used where the back end itself names no cost",
    )
    completion_price = models.DecimalField(
        "price of a million completion tokens",
        max_digits=10,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="In US dollars",
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
    def is_on(self) -> bool:
        """As ``enabled()`` says it to the database."""
        return self.enabled and self.user.is_active

    @property
    def is_only_remembered(self) -> bool:
        """Made by the import of a room, for what it once said there: nobody has said yet how it comes to words here."""
        return not (self.enabled or self.user.is_active or self.base_url or self.model or self.key_env)

    @property
    def back_end(self) -> str:
        """What its back end is known by: all assistants of one share its limit, and its line."""
        return f"{self.provider} {self.base_url}"

    @property
    def slug(self) -> str:
        return self.user.username

    @property
    def variables(self) -> list[str]:
        """The environment variables its requests need."""
        maps = (given for given in (self.headers, self.query) if isinstance(given, dict))  # a form may hold anything
        values = (value for given in maps for value in given.values() if isinstance(value, str))
        return [name for name in (self.key_env, *map(self.variable_in, values)) if name]

    @property
    def names_model(self) -> bool:
        """OpenRouter takes several in the body, of which the first that works answers."""
        return bool(self.model) or (isinstance(self.body, dict) and not {"model", "models"}.isdisjoint(self.body))

    @staticmethod
    def variable_in(value: str) -> str:
        """The variable a header or query parameter stands for; "" if it is meant as it is."""
        return value[1:] if _VARIABLE.fullmatch(value) else ""
