"""What Django writes anew after it has emptied a database: the kinds of rows there are, and what one may do to them.

A test that commits ends with that. Django looks model by model for what is missing, which takes longer than most of
those tests; but everything is missing, and it is the same each time.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.management import create_contenttypes
from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_migrate


def put_back_at_once() -> None:
    """Called once, while all of them are there."""
    kinds, permissions = list(ContentType.objects.all()), list(Permission.objects.all())

    def put_back(using: str, **_: Any) -> None:
        ContentType.objects.using(using).bulk_create(kinds, ignore_conflicts=True)
        Permission.objects.using(using).bulk_create(permissions, ignore_conflicts=True)

    assert post_migrate.disconnect(create_contenttypes)
    assert post_migrate.disconnect(dispatch_uid=f"{create_permissions.__module__}.create_permissions")
    post_migrate.connect(put_back, sender=apps.get_app_config("auth"), weak=False)
