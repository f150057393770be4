"""Serve the site with Daphne. Importing Daphne chooses the event loop, so that happens in ``chatsite.server`` only."""

from __future__ import annotations

import gc
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chatsite.first_env import NO_KEY


class Command(BaseCommand):
    help = "Serve the site."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--reload", action="store_true", help="start again when code or a template changes")

    def handle(self, *, host: str, port: int, reload: bool, **options: Any) -> None:
        if settings.SECRET_KEY_IS_THROWAWAY:
            raise CommandError(NO_KEY)
        if not host:
            raise CommandError("No host is named: --host 127.0.0.1 is this machine alone, 0.0.0.0 whoever reaches it.")
        if reload:
            serve_again_and_again(host, port)
        else:
            self._serve(host, port)

    def _serve(self, host: str, port: int) -> None:
        from chat.management.whereabouts import require_tables  # not where a child is only being started

        require_tables()
        gc.disable()  # until the server is ready: what is loaded here stays, as well
        from chatsite.eventloop import choose_event_loop  # isort: skip

        choose_event_loop()
        from chatsite.server import ChatServer  # isort: skip - makes the event loop
        from chat.management.lastwords import last_words
        from chat.replies.worker import drain_workers
        from chatsite.asgi import application
        from chatsite.descriptors import raise_limit
        from chatsite.starting import start_beside_requests

        if advice := raise_limit():
            self.stderr.write(self.style.WARNING(advice))

        server = ChatServer(
            application,
            host=host,
            port=port,
            start=start_beside_requests,
            ready=self._say_ready,
            drain=drain_workers,
            last_words=last_words,
        )
        server.run()
        if server.failure:
            raise CommandError(f"Cannot listen on {host}:{port}: {server.failure}")

    def _say_ready(self) -> None:
        self.stdout.write(self.style.SUCCESS(f"{settings.SITE_NAME} is at {settings.SITE_URL} (stop with Ctrl+C)"))
        self.stdout.flush()


def serve_again_and_again(host: str, port: int) -> None:
    """A child serves; when a file changes, another one does.

    :raises CommandError: what looks for changes is not installed where a site only runs.
    """
    try:
        from watchfiles import PythonFilter, run_process
    except ModuleNotFoundError as error:
        raise CommandError("--reload needs watchfiles, which is not installed: `make dev` installs it.") from error

    words = [sys.executable, str(settings.BASE_DIR / "manage.py"), "serve", "--host", host, "--port", str(port)]
    folders = [settings.BASE_DIR / name for name in ("chat", "chatsite", "templates")]  # all read before the first page
    is_read = PythonFilter(extra_extensions=(".html", ".txt", ".mo"))
    run_process(*folders, target=_serve_in_child, args=(words,), watch_filter=is_read)


def _serve_in_child(words: list[str]) -> None:
    """In its own place: who is told to end is then the server, which does so in order."""
    os.execv(words[0], words)  # noqa: S606 - our own command
