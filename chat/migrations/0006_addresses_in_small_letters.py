from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F
from django.db.models.functions import Lower


def lower(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """As they are looked for by who signs in, forgets a password or signs up; staff could store them otherwise."""
    people = apps.get_model("chat", "User").objects
    people.exclude(email=Lower(F("email"))).update(email=Lower(F("email")))


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0005_reactions"),
    ]

    operations = [migrations.RunPython(lower, migrations.RunPython.noop)]
