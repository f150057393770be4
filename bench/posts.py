"""How many posts one process stores and announces: `python -m bench.posts [--posts N] [--rounds N] [--smoke]`.

Eight people post as fast as they are let, eight look on; on SQLite and on PostgreSQL (which spares itself the `fsync`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from types import MappingProxyType

from bench import wsload
from bench.command import options_of, say, table
from bench.goals import Reached, note
from bench.servers import Place, Target, people_of, place_of, populate, populated_site, product, product_site
from bench.wsload import Figures
from tests.servers.postgres import Postgres

PEOPLE, AT_ONCE = 16, 8
GOALS = {"SQLite": ("posts", 400), "PostgreSQL": ("posts pg", 600)}
COLUMNS = ["database", "posts/s", "CPU ms a post", "p50 ms", "p99 ms", "lost"]


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("--posts", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    posts, rounds = (40, 1) if options.smoke else (options.posts, options.rounds)
    wsload.build()
    found: dict[str, list[Figures]] = {name: [] for name in GOALS}
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as directory, place_of(Path(directory)) as place:
        Path(directory).chmod(0o711)  # PostgreSQL's account must pass through
        for _ in range(rounds):
            for name in GOALS:
                with started(place, name) as target:
                    target.load("-n", 2 * AT_ONCE, "-m", 5 * AT_ONCE, "-w", AT_ONCE, "-k", AT_ONCE)
                    found[name].append(target.load("-n", 2 * AT_ONCE, "-m", posts, "-w", AT_ONCE, "-k", AT_ONCE))
                say(f"{name}: {pace(found[name]):.0f} posts/s")
    print(table(COLUMNS, map(row_of, found.items())))
    note(reached(key, pace(found[name]), goal) for name, (key, goal) in GOALS.items())


def reached(key: str, pace: float, goal: int) -> Reached:
    return Reached(key=key, figure=f"{pace:.0f}/s", is_met=pace >= goal)


@contextmanager
def started(
    place: Place, name: str, people: int = PEOPLE, environment: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Target]:
    if name == "SQLite":
        populate(place, people)
        site = populated_site(place)
        site.environment.update(environment)
        with product(place, site=site) as target:
            yield target
        return
    server = Postgres(Path(tempfile.mkdtemp(dir=place.directory)))
    server.start()
    site = product_site(place)
    site.environment |= {"DATABASE_URL": server.new_database(), **environment}
    people_of(site.prepare(), place, people)
    try:
        with product(place, site=site) as target:
            yield target
    finally:
        server.stop()


def pace(runs: list[Figures]) -> float:
    return median(run["messages"] / run["seconds"] for run in runs)


def row_of(found: tuple[str, list[Figures]]) -> list[str]:
    name, runs = found
    cpu = median(run["cpu_us"] * run["deliveries"] / run["messages"] / 1000 for run in runs)
    late = [f"{median(run[key] for run in runs):.1f}" for key in ("latency_p50_ms", "latency_p99_ms")]
    lost = sum(run["lost"] + run["doubled"] for run in runs)
    return [name, f"{pace(runs):.0f}", f"{cpu:.2f}", *late, str(lost)]


if __name__ == "__main__":
    main()
