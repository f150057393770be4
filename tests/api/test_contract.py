"""Anything that fits the published schema, and much that does not, gets an answer that fits it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from pytest_django import Settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from chat.models import Room, User
from chat.replies import ledger
from tests.factories import make_assistant, make_message, make_reply, make_token

# What is sent as a bearer token is the same each time, and what makes sense is for the services to judge.
NOT_FOR_US = [positive_data_acceptance, ignored_auth]

described = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
schema = described.exclude(path_regex="^/api/chat|/export$")  # not Django's: tests/realtime


@pytest.fixture
def _one_connection(db: None) -> Iterator[None]:
    """A request of its own would close the connection that holds this test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def authorization(_one_connection: None, ana: User, garden: Room, settings: Settings) -> dict[str, str]:
    """A site with something of everything in it, and Ana's token."""
    settings.RATE_LIMITS = False
    make_message(garden, ana)
    helper = make_assistant("helper", garden)
    make_reply(garden, ana, helper)
    ledger.claim("a writer", 1)
    make_reply(garden, ana, helper)
    return {"Authorization": f"Bearer {make_token(ana)[1]}"}


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_every_answer_is_as_the_schema_says(case: Any, authorization: dict[str, str]):
    case.call_and_validate(headers=authorization, excluded_checks=NOT_FOR_US)
