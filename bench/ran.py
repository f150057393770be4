"""What a measurement told, kept beside the peers: one of them can be taken again without the hour of the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.goals import Reached
from bench.registry import BENCHES, Bench
from bench.wsload import BUILT

KEPT = BUILT.parent / "results"


@dataclass(frozen=True, slots=True)
class Ran:
    name: str
    when: str
    told: str
    problem: str
    seconds: float
    load: str
    noted: tuple[Reached, ...] = ()

    def keep(self) -> None:
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / f"{self.name}.json").write_text(json.dumps(asdict(self)))


def everything_kept() -> Iterable[tuple[Bench, Ran]]:
    """Of those that are still measured, in their order."""
    for bench in BENCHES:
        file = KEPT / f"{bench.name}.json"
        if file.exists():
            found = json.loads(file.read_text())
            yield bench, Ran(**{**found, "noted": noted_in(found["noted"])})


def noted_in(lines: Iterable[dict[str, object]]) -> tuple[Reached, ...]:
    return tuple(Reached(**line) for line in lines)  # type: ignore[arg-type]


def lines_of(file: Path) -> tuple[Reached, ...]:
    return noted_in(json.loads(line) for line in file.read_text().splitlines()) if file.exists() else ()
