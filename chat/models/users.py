"""Whoever can speak: people, assistants and bots share one name space."""

from __future__ import annotations

import re
import zlib
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy

NAME_PATTERN = r"^[a-z0-9][a-z0-9_.-]{0,31}\Z"
RESERVED_NAMES = frozenset({"room", "all", "here", "everyone", "everybody", "system", "admin", "new"})
TINTS = 8
FACES = "🦊🐻🍋🌿🐳🌙🐙🪁🦉🐝🌵🍄🦀🐢🌻🦔"

validate_name = RegexValidator(
    NAME_PATTERN,
    gettext_lazy(
        "A name has small letters, digits, dots, dashes and underscores, at most 32, "
        "and begins with a letter or a digit."
    ),
)


def is_name(text: str) -> bool:
    return re.match(NAME_PATTERN, text) is not None


def validate_not_reserved(name: str) -> None:
    if name.casefold() in RESERVED_NAMES:
        raise ValidationError(gettext_lazy("This name is reserved."), code="reserved")


class ChatUserManager(UserManager["User"]):
    def named(self, name: str) -> models.QuerySet[User]:
        """Who goes by this name, at most one. Not every text is one that a database could be asked for."""
        name = name.casefold()
        return self.filter(username=name) if is_name(name) else self.none()

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=(username or "").casefold())

    @classmethod
    def normalize_username(cls, username: str) -> str:
        return username.casefold()


class User(AbstractUser):
    class Kind(models.TextChoices):
        PERSON = "person"
        ASSISTANT = "assistant"
        BOT = "bot"

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    username = models.CharField(
        "name",
        max_length=32,
        unique=True,
        validators=[validate_name, validate_not_reserved],
        error_messages={"unique": gettext_lazy("This name is already in use.")},
    )
    email = models.EmailField("e-mail", blank=True, default="")
    kind = models.CharField(max_length=9, choices=Kind.choices, default=Kind.PERSON)
    display_name = models.CharField(max_length=80, blank=True, default="")
    avatar_emoji = models.CharField("emoji", max_length=16, blank=True, default="")
    avatar_tint = models.PositiveSmallIntegerField("colour", default=0, help_text="1 to 8; 0 chooses one by the name")
    time_zone = models.CharField(max_length=64, blank=True, default="")
    hides_assistants = models.BooleanField(default=False, db_default=False, help_text="Sees no messages of assistants")
    last_room = models.ForeignKey("chat.Room", models.SET_NULL, null=True, blank=True, related_name="+")

    objects: ClassVar[ChatUserManager] = ChatUserManager()
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(username__regex=NAME_PATTERN), name="user_name_is_well_formed"),
            models.CheckConstraint(condition=models.Q(avatar_tint__lte=TINTS), name="user_tint_is_known"),
            models.CheckConstraint(
                condition=~models.Q(kind="assistant") | models.Q(email="", is_staff=False, is_superuser=False),
                name="user_assistant_cannot_sign_in",
            ),
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="user_email_is_unique"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def shown_name(self) -> str:
        return self.display_name or self.username

    @property
    def is_assistant(self) -> bool:
        return self.kind == self.Kind.ASSISTANT

    @property
    def tint(self) -> int:
        """1 to 8, stable for a name."""
        return self.avatar_tint or zlib.crc32(self.username.encode()) % TINTS + 1

    @property
    def face(self) -> str:
        """An emoji for people, the initial for assistants."""
        if self.avatar_emoji:
            return self.avatar_emoji
        if self.is_assistant:
            return self.username[0]
        return FACES[zlib.crc32(self.username.encode()) % len(FACES)]

    def get_full_name(self) -> str:
        return self.shown_name

    def get_short_name(self) -> str:
        return self.shown_name
