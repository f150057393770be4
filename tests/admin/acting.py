"""Somebody of the staff at work in the admin. What they do there happens as it does on the other pages: by the
services, announced, and kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from tests.factories import make_person
from tests.views.markup import parse


class Staff:
    """Somebody of the staff at their browser. What they are told is in ``told``."""

    def __init__(self) -> None:
        self.user = make_person("root", is_staff=True)
        self.client = Client()
        self.client.force_login(self.user)
        self.told: list[str] = []

    def act(self, action: str, *rows: Model) -> None:
        """And say yes, where a page asks before."""
        fields = {"action": action, "_selected_action": [row.pk for row in rows]}
        answer = self.client.post(page("changelist", rows[0]), fields)
        if answer.status_code == 200:
            answer = self.client.post(page("changelist", rows[0]), {**marked(answer.content), "sure": "yes"})
        self._hear(answer)

    def add(self, model: type[Model], /, **fields: Any) -> Any:
        return self._hear(self.client.post(page("add", model), fields))

    def change(self, row: Model, /, **fields: Any) -> Any:
        return self._hear(self.client.post(page("change", row), fields))

    def remove(self, row: Model) -> None:
        self._hear(self.client.post(page("delete", row), {"post": "yes"}))

    def _hear(self, response: Any) -> Any:
        self.told += [str(message) for message in get_messages(response.wsgi_request)]
        self.client.cookies.pop("messages", None)
        return response


def marked(sure: bytes) -> dict[str, list[str]]:
    """What the page that asks sends once more."""
    sent: dict[str, list[str]] = {}
    for field in parse(sure).find("input", type="hidden"):
        sent.setdefault(field.attributes["name"], []).append(field.attributes["value"])
    return sent


def page(name: str, row: Model | type[Model]) -> str:
    meta = row._meta
    if name == "password_change":
        return reverse("admin:auth_user_password_change", args=[row.pk])
    args = [row.pk] if name in ("change", "delete") else []
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=args)


@pytest.fixture
def staff() -> Staff:
    return Staff()
