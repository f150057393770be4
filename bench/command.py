"""What every measurement's command has: its options, what it says meanwhile, and the table it ends with."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence

VERDICTS = {None: "", True: "met", False: "**missed**"}


def options_of(described: str | None) -> argparse.ArgumentParser:
    """``described``: the module's own words."""
    parser = argparse.ArgumentParser(description=described, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="a tiny size, in seconds: does it run at all?")
    return parser


def say(line: str) -> None:
    """To whoever watches; what was found goes where it can be kept."""
    print(f"bench: {line}", file=sys.stderr, flush=True)


def row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def table(head: Sequence[str], rows: Iterable[Iterable[str]] = ()) -> str:
    return "\n".join(map(row, [head, ["---"] * len(head), *rows]))
