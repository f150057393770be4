"""Figures of several rounds as a Markdown table: medians, and ratios taken within each round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from bench.command import table
from bench.wsload import Figures

FEW = 50
Round = dict[str, dict[str, Figures]]
Column = tuple[str, Callable[[Round, str], float | None], str]


def fanout(rounds: Sequence[Round], sockets: int, few: int = FEW) -> str:
    columns = columns_for(sockets, few)
    head = [f"{sockets} sockets, {len(rounds)} rounds", *(title for title, _, _ in columns)]
    body = [[name, *(cell(rounds, name, column) for column in columns)] for name in rounds[0]]
    return table(head, body)


def columns_for(sockets: int, few: int) -> list[Column]:
    return [
        ("CPU µs a delivery, 1 in flight", of("one", "cpu_us"), ".1f"),
        ("× floor", ratio("floor"), ".1f"),
        ("× FastAPI", ratio("FastAPI list"), ".1f"),
        ("tutorial ÷ it", inverse("Channels tutorial", "one"), ".1f"),
        ("8 in flight", of("eight", "cpu_us"), ".1f"),
        ("tutorial ÷ it", inverse("Channels tutorial", "eight"), ".1f"),
        ("CPU µs of one more viewer", slope_of(few, sockets), ".1f"),
        ("deliveries/s, 1 in flight", of("one", "deliveries_per_s"), ",.0f"),
        ("8 in flight", of("eight", "deliveries_per_s"), ",.0f"),
        ("p50 ms at 5 posts/s", of("paced", "latency_p50_ms"), ".1f"),
        ("p99", of("paced", "latency_p99_ms"), ".1f"),
        ("posts/s", lambda figures, name: posts(figures[name]), ".0f"),
        ("connect, CPU ms", lambda figures, name: figures[name]["idle"]["connect_cpu_us"] / 1000, ".2f"),
        ("KB an idle socket", of("idle", "idle_kb"), ".0f"),
        ("Redis CPU µs a message", lambda figures, name: figures[name]["one"]["beside_cpu_us"] * sockets, ".0f"),
        ("lost", lambda figures, name: total(figures[name], "lost") + total(figures[name], "doubled"), ".0f"),
    ]


def slope_of(few: int, sockets: int) -> Callable[[Round, str], float | None]:
    """What one more viewer costs."""

    def slope(figures: Round, name: str) -> float | None:
        least, most = figures[name]["few"]["cpu_us"] * few, figures[name]["one"]["cpu_us"] * sockets
        return (most - least) / (sockets - few)

    return slope


def cell(rounds: Sequence[Round], name: str, column: Column) -> str:
    _, value, shape = column
    values = [found for figures in rounds if (found := value(figures, name)) is not None]
    return format(median(values), shape) if values else "–"


def of(run: str, figure: str) -> Callable[[Round, str], float | None]:
    return lambda figures, name: figures[name][run][figure]


def ratio(to: str) -> Callable[[Round, str], float | None]:
    """How many times what the other costs, with one message in flight."""

    def value(figures: Round, name: str) -> float | None:
        return figures[name]["one"]["cpu_us"] / figures[to]["one"]["cpu_us"] if to in figures else None

    return value


def inverse(to: str, run: str) -> Callable[[Round, str], float | None]:
    """How many times less than the other."""

    def value(figures: Round, name: str) -> float | None:
        return figures[to][run]["cpu_us"] / figures[name][run]["cpu_us"] if to in figures else None

    return value


def posts(runs: dict[str, Figures]) -> float | None:
    return runs["posts"]["messages"] / runs["posts"]["seconds"] if "posts" in runs else None


def total(runs: dict[str, Figures], figure: str) -> int:
    return sum(run[figure] for run in runs.values())
