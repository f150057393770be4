from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone

from chat import limits
from chat.demo.filling import open_crowded_room
from chat.models import UsageRecord
from tests.queries.paths import Scene, scene_in

FEW, MANY = 100, 20_000
OTHERS = 5_000


@pytest.fixture(scope="module")
def rooms(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """A room with few messages, one with many, and what else a site has many of. Filled once, and gone at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        for slug, count in (("small", FEW), ("big", MANY)):
            list(open_crowded_room(slug).until(count))
        furnish()
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("ANALYZE")  # as its autovacuum does
        yield
        transaction.set_rollback(True)


def furnish() -> None:
    """Sessions and requests to back ends of others."""
    scene, now = scene_in("small"), timezone.now()
    assistant = scene.room.memberships.get(user__username="crowd-helper").user.assistant
    Session.objects.bulk_create(
        Session(session_key=f"of-somebody-{number}", session_data="", expire_date=now + timedelta(hours=number))
        for number in range(OTHERS)
    )
    UsageRecord.objects.bulk_create(
        UsageRecord(person=scene.reader, room=scene.room, assistant=assistant, state="settled", created_at=now)
        for number in range(OTHERS)
    )


@pytest.fixture
def small(rooms: None, db: None) -> Scene:
    limits.forget()
    return scene_in("small")


@pytest.fixture
def big(rooms: None, db: None) -> Scene:
    limits.forget()
    return scene_in("big")
