"""An application of somebody else's, as this site has it."""

from __future__ import annotations

from django.apps import AppConfig


class Daphne(AppConfig):
    """For its ``runserver``. Its own configuration loads the server, and with it Twisted, for every other command."""

    name = "daphne"
    verbose_name = "Daphne"
