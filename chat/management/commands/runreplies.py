from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chat.hub import current_hub
from chat.management.deadline import end_at_the_latest, in_time
from chat.management.lastwords import last_words
from chat.management.scrapes import answer_scrapes
from chat.management.whereabouts import require_tables
from chat.replies.worker import drain_workers, ensure_worker
from chatsite.eventloop import choose_event_loop
from chatsite.loading import load_pages

DRAIN_SECONDS = 6.5
LAST_SECONDS = 0.5


class Command(BaseCommand):
    help = "Write replies in a process of its own (with REPLIES_IN_WEB=0 the web processes leave them to these)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--metrics-port", type=int, default=0, help="answer GET /metrics here")
        parser.add_argument("--metrics-host", default="127.0.0.1", help="for others than this one set METRICS_TOKEN")

    def handle(self, *args: Any, metrics_host: str, metrics_port: int, **options: Any) -> None:
        if not settings.REDIS_URL:
            raise CommandError("REDIS_URL is not set: the rooms could not hear what this process writes.")
        require_tables()
        load_pages()  # what it writes is shown by them
        choose_event_loop()
        asyncio.run(self._run(metrics_host, metrics_port))

    async def _run(self, metrics_host: str, metrics_port: int) -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        scrapes = await _scrapes(metrics_host, metrics_port) if metrics_port else None
        current_hub()
        ensure_worker(always=True)
        self.stdout.write("Writing replies (stop with Ctrl+C)")
        self.stdout.flush()
        await stopping.wait()
        if scrapes:
            scrapes.close()
        end_at_the_latest()
        await in_time(drain_workers(), DRAIN_SECONDS)
        await in_time(last_words(), LAST_SECONDS)


async def _scrapes(host: str, port: int) -> asyncio.Server:
    """:raises CommandError: the port is taken or none, or the host is not of this machine."""
    try:
        return await answer_scrapes(host, port)
    except (OSError, OverflowError) as error:
        raise CommandError(f"Metrics cannot be answered on {host}, port {port}: {error}.") from error
