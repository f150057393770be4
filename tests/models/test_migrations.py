"""The version before goes on running while the tables are brought up to this one, and for a while after it."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import Client

from chat.models import Room, User
from chat.search import find, read
from tests.factories import make_message

# The newest migration of the version that may still be running. With each release it moves up.
BEFORE = ("chat", "0001_initial")


def columns_of_before() -> dict[str, set[str]]:
    models = MigrationLoader(connection).project_state(BEFORE).apps.get_app_config("chat").get_models()
    return {
        model._meta.db_table: {str(field.column) for field in model._meta.local_concrete_fields} for model in models
    }


@pytest.mark.parametrize("table", ["chat_attempt", "chat_message", "chat_room", "chat_user"])
def test_the_version_before_had_this_table(table: str, db: None):
    assert table in columns_of_before()


def test_what_the_version_before_reads_is_still_there(db: None):
    with connection.cursor() as cursor:
        for table, columns in columns_of_before().items():
            now = {column.name for column in connection.introspection.get_table_description(cursor, table)}
            assert columns - now == set(), table


def test_the_version_before_can_insert_without_the_columns_it_does_not_know(db: None):
    with connection.cursor() as cursor:
        for table, columns in columns_of_before().items():
            description = connection.introspection.get_table_description(cursor, table)
            required = {row.name for row in description if not row.null_ok and row.default is None}
            assert required - columns == set(), f"{table}: give these a db_default, or let them be null"


def test_addresses_that_staff_gave_with_capital_letters_are_found_by_who_signs_in(client: Client, ana: User):
    User.objects.filter(pk=ana.pk).update(email="Ana.Berg@Example.org")
    ana.set_password("a long one, of words")
    ana.save(update_fields=["password"])
    known = {"login": "ana.berg@example.org", "password": "a long one, of words"}
    assert client.post("/accounts/login/", known).status_code == 200

    import_module("chat.migrations.0006_addresses_in_small_letters").lower(apps, connection.schema_editor())

    assert client.post("/accounts/login/", known).status_code == 302


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps the words by an index")
def test_no_migration_takes_away_what_keeps_the_words_of_messages(db: None):
    """Django writes a table of SQLite anew to change it, and what stood on the one before goes with that."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'chat_message'")
        triggers = {name for (name,) in cursor.fetchall()}

    assert triggers == {f"chat_messagewords_{kind}" for kind in ("insert", "update", "delete")}


def test_the_words_of_what_is_there_already_are_kept_and_can_be_dropped(
    transactional_db: None, ana: User, garden: Room
):
    words = import_module("chat.migrations.0007_message_words")
    with connection.schema_editor(atomic=False) as editor:
        words.drop(apps, editor)
    message = make_message(garden, ana, "the blue door")
    with connection.schema_editor(atomic=False) as editor:
        words.make(apps, editor)
    make_message(garden, ana, "another door")

    assert [found.pk for found in find(read("blue door"), ana, limit=9)] == [message.pk]
    assert len(find(read("door"), ana, limit=9)) == 2
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO chat_messagewords(chat_messagewords) VALUES ('integrity-check')")
