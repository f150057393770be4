from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Self

import structlog
from django.db import models
from django.utils import timezone

from chat.database import AWAY

log = structlog.get_logger(__name__)

PREFIX = "chat_"
SHOWN_LENGTH = len(PREFIX) + 4
USE_NOTED_EVERY = timedelta(minutes=1)


def digest_of(secret: str) -> str:
    """Tokens are 256 random bits, so one plain hash is enough (nothing to guess, nothing to slow down)."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def alive(self) -> Self:
        return self.filter(revoked_at__isnull=True, user__is_active=True)

    def matching(self, secret: str) -> ApiToken | None:
        return self.alive().select_related("user").filter(digest=digest_of(secret)).first()

    def note_use(self, tokens: Iterable[ApiToken]) -> None:
        """Remember that these were used; a busy one costs one write a minute. Whoever only reads is not refused where
        nothing can be written."""
        now = timezone.now()
        due = [token.pk for token in tokens if not token.last_used_at or now - token.last_used_at > USE_NOTED_EVERY]
        if not due:
            return
        try:
            self.filter(pk__in=due).update(last_used_at=now)
        except AWAY as error:
            log.warning("token_use_not_noted", error=repr(error))


class ApiToken(models.Model):
    user = models.ForeignKey("chat.User", models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=80, blank=True, default="")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    shown = models.CharField("begins with", max_length=16, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.shown}… of {self.user}"

    @staticmethod
    def new_secret() -> str:
        return PREFIX + secrets.token_urlsafe(32)
