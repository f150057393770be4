from django.apps.registry import Apps
from django.db import migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# SQLite keeps its words beside the messages, with the room and the author of each as two words more. As long as a
# table that is written anew by a migration gets its triggers back (tests/models/test_migrations.py finds out), whatever
# writes a message keeps them true.
PLACE = "'r' || {0}room_id || ' a' || {0}author_id"
INSERT = f"INSERT INTO chat_messagewords(rowid, text, place) VALUES (new.id, new.text, {PLACE.format('new.')});"
DELETE = f"""
    INSERT INTO chat_messagewords(chat_messagewords, rowid, text, place)
    VALUES ('delete', old.id, old.text, {PLACE.format("old.")});
"""
SQLITE = [
    f"CREATE VIEW chat_messageplaces AS SELECT id, text, {PLACE.format('')} AS place FROM chat_message",
    """
    CREATE VIRTUAL TABLE chat_messagewords USING fts5(
        text, place, content='chat_messageplaces', content_rowid='id', columnsize=0, prefix='2 3',
        tokenize='unicode61 remove_diacritics 2'
    )
    """,
    f"CREATE TRIGGER chat_messagewords_insert AFTER INSERT ON chat_message BEGIN {INSERT} END",
    f"""
    CREATE TRIGGER chat_messagewords_update AFTER UPDATE OF text ON chat_message WHEN old.text != new.text
    BEGIN {DELETE} {INSERT} END
    """,
    f"CREATE TRIGGER chat_messagewords_delete AFTER DELETE ON chat_message BEGIN {DELETE} END",
    "INSERT INTO chat_messagewords(chat_messagewords) VALUES ('rebuild')",
]
NOT_ON_SQLITE = [
    "DROP TRIGGER chat_messagewords_insert",
    "DROP TRIGGER chat_messagewords_update",
    "DROP TRIGGER chat_messagewords_delete",
    "DROP TABLE chat_messagewords",
    "DROP VIEW chat_messageplaces",
]
# As chat/search.py asks: letters without their accents, and each sign a space, also where the locale takes it for a
# letter. Of a text longer than that PostgreSQL could not hold the most different words there may be in it.
SIGNS = r"!-/:-@\[-`{-~\u00a0-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u2010-\u206f\u3000-\u3004\u3008-\u3020"
BARE = r"regexp_replace(normalize(left(text, 100000), NFD), '[\u0300-\u036f]+', '', 'g')"
WORDS = f"to_tsvector('simple', regexp_replace({BARE}, '[{SIGNS}]+', ' ', 'g'))"
PLACE_WORDS = "array_to_tsvector(ARRAY['/r' || room_id::text, '/a' || author_id::text])"  # no word of a text has a "/"
NOT_ON_POSTGRESQL = ["DROP INDEX CONCURRENTLY IF EXISTS message_words"]
POSTGRESQL = [
    *NOT_ON_POSTGRESQL,  # what an attempt that was interrupted has left is never used
    f"CREATE INDEX CONCURRENTLY message_words ON chat_message USING gin (({WORDS} || {PLACE_WORDS}))",
]


def run(schema_editor: BaseDatabaseSchemaEditor, sqlite: list[str], postgresql: list[str]) -> None:
    if schema_editor.connection.vendor == "sqlite":
        with transaction.atomic(using=schema_editor.connection.alias):
            for statement in sqlite:
                schema_editor.execute(statement, params=None)
    else:
        for statement in postgresql:
            schema_editor.execute(statement, params=None)


def make(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    run(schema_editor, SQLITE, POSTGRESQL)


def drop(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    run(schema_editor, NOT_ON_SQLITE, NOT_ON_POSTGRESQL)


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes it while the site writes, and by no transaction
    dependencies = [
        ("chat", "0006_addresses_in_small_letters"),
    ]

    operations = [migrations.RunPython(make, drop)]
