"""What Prometheus is told of this process, and of the site as the database knows it."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import resource
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone

from chat import metrics
from chat.database import in_database
from chat.events import publisher_of
from chat.hub import current_hub
from chat.metrics import Family, gauge, gauges
from chat.models import Message, Reply
from chat.replies.worker import current_worker

DATABASE_SECONDS = 5.0
OPEN = (str(Message.Status.QUEUED), str(Message.Status.STREAMING))
LINES = ("websocket", "events")


def may_scrape(bearer: str, *, is_local: bool) -> bool:
    """Who asks directly on this machine, or where a token is set, whoever has it."""
    if settings.METRICS_TOKEN:
        return hmac.compare_digest(bearer.encode(), settings.METRICS_TOKEN.encode())
    return is_local


def is_direct(*, peer: str, host: str, is_forwarded: bool) -> bool:
    """From this machine, by its name, and through no proxy: that one would open the page to the world."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        is_ours = name == "localhost" or ipaddress.ip_address(name).is_loopback
        return is_ours and not is_forwarded and ipaddress.ip_address(peer).is_loopback
    except ValueError:  # neither an address nor one of the names of this machine
        return False


async def scrape() -> str:
    return metrics.exposition([*_counted(), *_process(), *_hub(), *_worker(), *await _site()])


def _counted() -> Iterator[Family]:
    return (counted.family() for counted in metrics.COUNTED)


def _hub() -> Iterator[Family]:
    hub = current_hub()
    lines = Counter(socket.line for socket in hub.attendance.everybody())
    yield gauges("chat_sockets", "Open lines of this process.", "line", {line: lines[line] for line in LINES})
    yield gauge("chat_rooms", "Rooms that somebody looks at through this process.", len(hub.desks))
    yield gauge("chat_people", "People connected to this process.", len(hub.attendance.users()))
    publisher = publisher_of(hub.loop)
    yield gauge("chat_broker_up", "1 while the broker takes what is announced.", publisher.healthy)
    yield gauge("chat_publisher_queue", "Announcements that wait for the broker.", publisher.queued)


def _worker() -> Iterator[Family]:
    worker = current_worker()
    yield gauge("chat_replies_writing", "Replies this process writes now.", worker.busy if worker else 0)


async def _site() -> list[Family]:
    """The same from every process: not to be summed over them."""
    try:
        replies, oldest = await asyncio.wait_for(in_database(open_replies), DATABASE_SECONDS)
    except Exception:  # noqa: BLE001 - whatever it is, the rest is told all the same
        return [gauge("chat_database_up", "1 if the database answered.", 0)]
    return [
        gauge("chat_database_up", "1 if the database answered.", 1),
        gauges("chat_site_replies", "Replies of the whole site that are not ended.", "status", replies),
        gauge("chat_site_queue_oldest_seconds", "How long the first in line has waited; whole site.", oldest),
    ]


def open_replies() -> tuple[dict[str, float], float]:
    """By the partial index of what is open: the cost does not grow with what was ever asked."""
    rows = Reply.objects.filter(is_open=True).values_list("message__status").annotate(Count("pk"), Min("created_at"))
    found = {status: (count, first) for status, count, first in rows}
    queued = found.get(Message.Status.QUEUED)
    waited = (timezone.now() - queued[1]).total_seconds() if queued else 0.0
    return {status: found[status][0] if status in found else 0 for status in OPEN}, max(0.0, waited)


def _process() -> Iterator[Family]:
    """Under the names that Prometheus' own clients use."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = used.ru_utime + used.ru_stime
    yield Family("process_cpu_seconds_total", "counter", "Time on the processor.", (("", (), seconds),))
    yield gauge("process_max_fds", "Descriptors this process may have.", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    yield gauge("process_start_time_seconds", "When this process began.", STARTED_AT)
    proc = Path("/proc/self")
    if proc.is_dir():  # Linux
        yield gauge("process_open_fds", "Descriptors this process has.", sum(1 for _ in (proc / "fd").iterdir()))
        pages = int((proc / "statm").read_text().split()[1])
        yield gauge("process_resident_memory_bytes", "Memory in use.", pages * resource.getpagesize())


STARTED_AT = time.time()
