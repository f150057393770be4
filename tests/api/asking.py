"""A program that speaks to the API with its token."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from chat.models import User
from tests.factories import make_token


class Program:
    """Answers are ``(status, body)``."""

    def __init__(self, user: User) -> None:
        self.token = make_token(user)[1]
        self.client = Client(headers={"authorization": f"Bearer {self.token}"})

    def get(self, path: str, **query: Any) -> tuple[int, Any]:
        return told(self.client.get(f"/api{path}", query))

    def post(self, path: str, body: object = None) -> tuple[int, Any]:
        return told(self.client.post(f"/api{path}", _json(body), content_type="application/json"))

    def patch(self, path: str, body: object) -> tuple[int, Any]:
        return told(self.client.patch(f"/api{path}", _json(body), content_type="application/json"))

    def delete(self, path: str) -> tuple[int, Any]:
        return told(self.client.delete(f"/api{path}"))


def told(response: Any) -> tuple[int, Any]:
    return response.status_code, response.json() if response.content else None


def _json(body: object) -> str:
    return "" if body is None else json.dumps(body)
