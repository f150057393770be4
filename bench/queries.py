"""Pages, `sync` and posts in a room of 100 messages and in one of a million: `python -m bench.queries [--messages N]`.

Prints what each takes on both databases, and writes every query with its plan into docs/queries.md.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.command import options_of, say
from bench.goals import Reached, note
from bench.query_report import READING, page, table
from bench.servers import SECRET_KEY
from tests.servers.postgres import Postgres
from tests.servers.programs import ROOT
from tests.site import Site

FEW = 100
TIMES = 25
READ = tuple(name for name in READING if any(word in name for word in ("page", "history", "since")))
LONGEST = 3600.0  # seconds to fill a room


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--sqlite", default="", help="the address of a database to fill, or that is filled")
    parser.add_argument("--postgresql", default="", help="the same")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "queries.md")
    options = parser.parse_args()
    size = (300, 1) if options.smoke else (options.messages, TIMES)
    os.environ["SECRET_KEY"] = SECRET_KEY
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as name, postgres(options.postgresql, Path(name)) as url:
        found = [
            asked_of(Path(name), *size, **({"DATABASE_URL": options.sqlite} if options.sqlite else {})),
            asked_of(Path(name), *size, DATABASE_URL=url),
        ]
    print(table(found))
    if not options.smoke:
        options.page.write_text(page(found))
    note([reached(found)])


def reached(found: Sequence[dict[str, Any]]) -> Reached:
    """Of the reading ones: how many statements, and the widest difference."""
    paths = [site["paths"][name] for site in found for name in READ]
    most = max(path["count"] for path in paths)
    ratios = [path["us"]["many"] / path["us"]["few"] for path in paths]
    figure = f"{most} statements at most, {min(ratios):.2f} to {max(ratios):.2f} × the time"
    return Reached(key="long rooms", figure=figure, is_met=most <= 12 and 0.8 <= min(ratios) <= max(ratios) <= 1.2)


@contextmanager
def postgres(url: str, directory: Path) -> Iterator[str]:
    if url:
        yield url
        return
    directory.chmod(0o711)
    place = directory / "postgres"
    place.mkdir(mode=0o711)
    server = Postgres(place)
    server.start()
    try:
        yield server.new_database()
    finally:
        server.stop()


def asked_of(directory: Path, count: int, times: int, **environment: str) -> dict[str, Any]:
    place = Path(tempfile.mkdtemp(prefix="site-", dir=directory))
    site = Site(place, {"RATE_LIMITS": "0", "LOG_LEVEL": "WARNING", **environment}).prepare()
    for slug, messages in (("small", FEW), ("big", count)):
        say(site.manage("fillroom", slug, "--messages", str(messages), seconds=LONGEST).splitlines()[-1])
    file = place / "asked.json"
    words = f"from pathlib import Path; from bench.asked import report; report(Path({str(file)!r}), {times})"
    site.manage("shell", "--verbosity=0", "--command", words, seconds=LONGEST)
    return json.loads(file.read_text())


if __name__ == "__main__":
    main()
