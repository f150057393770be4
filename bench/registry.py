"""Every measurement there is: a command that prints Markdown, how it is called in earnest, and how in a few seconds.

Whoever adds one adds a line here. It takes `--smoke`, and says with `bench.goals.note` what the goals ask for.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bench:
    name: str
    title: str
    command: tuple[str, ...]  # after `python`
    smoke: tuple[str, ...] = ("--smoke",)
    has_rounds: bool = False


BENCHES = (
    Bench("fanout", "One room, beside its peers", ("-m", "bench.fanout"), has_rounds=True),
    Bench("replies", "Replies on their way to their viewers", ("-m", "bench.replies"), has_rounds=True),
    Bench("slow_queries", "While slow queries run", ("-m", "bench.slow_queries"), has_rounds=True),
    Bench("crowd", "Five thousand who only listen", ("-m", "bench.crowd")),
    Bench("catch_up", "Everybody comes back at once", ("-m", "bench.catch_up"), has_rounds=True),
    Bench("posts", "How many posts one process stores and announces", ("-m", "bench.posts"), has_rounds=True),
    Bench("post", "Where the time of one post goes", ("-m", "bench.cost_of_a_post")),
    Bench("queries", "A short room and one of a million messages", ("-m", "bench.queries")),
    Bench("presence", "Who is here", ("-m", "bench.presence")),
    Bench("browser", "The room in a browser", ("-m", "bench.browser")),
    Bench("hostile", "The slowest texts there are", ("bench/hostile_markdown.py", "--most", "12")),
)
