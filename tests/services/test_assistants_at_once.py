"""Assistants that are changed while people ask them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection, transaction

from chat.models import Assistant
from chat.services.assistants import save_assistant
from tests.at_once import at_once, wait_until_held_up
from tests.factories import make_assistant, make_message, make_person, make_room


@pytest.mark.skipif(connection.vendor == "sqlite", reason="every transaction of SQLite holds the whole database")
@pytest.mark.django_db(transaction=True)
def test_who_is_asked_can_be_given_a_stand_in_at_the_same_time():
    room, scribe = make_room("garden"), make_assistant("scribe")
    make_assistant("helper", room)

    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as at the end of the transaction
        make_message(room, make_person("ana"), "@helper hello")
        changing = threads.submit(at_once, partial(save_assistant, slug="helper", fallback=scribe))
        wait_until_held_up(changing)
        is_changed = changing.done()

    assert is_changed
    assert Assistant.objects.get(user__username="helper").fallback == scribe
