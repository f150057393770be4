"""What each hot path asks of the database and takes, in a short and in a long room. Runs inside a site that has both:
`manage.py shell --command`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from statistics import median
from typing import Any

from bench.query_report import READING
from tests.queries.paths import PATHS, Scene, scene_in, undone
from tests.queries.plans import Query, faults_of, plan_of, watched

WARM = 3


def report(file: Path, times: int) -> None:
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    few, many = scene_in("small"), scene_in("big")
    for scene in (few, many):
        scene.client.get("/rooms/")  # signed in, and what a first visit writes
    paths = {name: path_of(name, few, many, times) for name in PATHS}
    file.write_text(json.dumps({"version": version_of(connection), "rows": many.room.last_sequence, "paths": paths}))


def path_of(name: str, few: Scene, many: Scene, times: int) -> dict[str, Any]:
    at_few, at_many = asked(name, few), asked(name, many)
    plans = {query.shape: plan for query, plan in at_few}
    queries = [
        {
            "table": query.table,
            "sql": query.shape,
            "plan": plan,
            "few": plans.get(query.shape),
            "faults": faults_of(query, plan),
        }
        for query, plan in at_many
    ]
    taken = costs(name, few, many, times) if name in READING else None
    return {"count": len(at_many), "count_few": len(at_few), "queries": queries, "us": taken}


def asked(name: str, scene: Scene) -> list[tuple[Query, list[str]]]:
    found: list[tuple[Query, list[str]]] = []

    def watch(scene: Scene) -> None:
        PATHS[name](scene)
        with watched() as seen:
            PATHS[name](scene)
        found.extend((query, plan_of(query)) for query in seen if query.is_planned)

    undone(watch, scene)
    return found


def costs(name: str, few: Scene, many: Scene, times: int) -> dict[str, float]:
    """Microseconds of processor time, ours and the database's: the median, both rooms in turn."""
    taken: dict[str, list[float]] = {"few": [], "many": []}
    for number in range(WARM + times):
        for size, scene in (("few", few), ("many", many)):
            begun = processor_time()
            undone(PATHS[name], scene)
            if number >= WARM:
                taken[size].append(processor_time() - begun)
    return {size: median(values) * 1e6 for size, values in taken.items()}


def processor_time() -> float:
    return time.thread_time() + of_the_backend()


def of_the_backend() -> float:
    """What PostgreSQL's process for this connection has used, where it runs on this machine."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    connection.ensure_connection()
    file = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(file.read_text().split()[0]) / 1e9 if file.exists() else 0.0


def version_of(connection: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        return f"{connection.display_name} {cursor.fetchone()[0].split()[0]}"
