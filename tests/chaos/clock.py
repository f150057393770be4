"""A server whose clock can be moved: SIGUSR2 puts it an hour ahead, and the next one back.

The server is told to by a ``sitecustomize`` in a directory of the test's, so that nothing of it is in the product.
"""

from __future__ import annotations

from pathlib import Path

from tests.site import Site

_MOVABLE = """
import datetime, os, signal, time

ahead = 0
real_time = time.time

def move(*_):
    global ahead
    ahead = 0 if ahead else 3600
    time.time = lambda: real_time() + ahead
    from django.utils import timezone
    timezone.now = lambda: datetime.datetime.fromtimestamp(real_time() + ahead, datetime.timezone.utc)

if "CLOCK_MOVES" in os.environ:
    signal.signal(signal.SIGUSR2, move)
"""


def make_movable(site: Site, directory: Path) -> None:
    directory.mkdir(exist_ok=True)
    (directory / "sitecustomize.py").write_text(_MOVABLE)
    site.environment |= {"PYTHONPATH": str(directory), "CLOCK_MOVES": "1"}
