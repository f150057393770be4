from __future__ import annotations

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command

from chat.models import Room


def kept() -> tuple[set[tuple[int, str, str]], set[tuple[int, int, str]]]:
    kinds = set(ContentType.objects.values_list("pk", "app_label", "model"))
    return kinds, set(Permission.objects.values_list("pk", "content_type", "codename"))


def test_an_emptied_database_has_its_kinds_and_permissions_again(transactional_db: None):
    Room.objects.create(slug="gone", name="Gone")
    before = kept()

    call_command("flush", verbosity=0, interactive=False)

    assert not Room.objects.exists()
    assert kept() == before
    assert {"room", "message", "permission"} <= {model for _, _, model in before[0]}
    assert len(before[1]) >= 4 * len(before[0])
