"""Applications of somebody else's, as this site has them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks


class Admin(SimpleAdminConfig):
    """Its pages are loaded with the addresses (``chatsite.urls``): most commands have no use for them, and they are a
    quarter of what a short one takes."""

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(check_pages, checks.Tags.admin)


def check_pages(app_configs: Any, **given: Any) -> list[checks.CheckMessage]:
    """Those that are not loaded would be found to be well."""
    import_module(settings.ROOT_URLCONF)
    return list(check_admin_app(app_configs, **given))


class Daphne(AppConfig):
    """For its ``runserver``. Its own configuration loads the server, and with it Twisted, for every other command."""

    name = "daphne"
    verbose_name = "Daphne"
