"""All measurements beside their goals, in one run: `make bench` writes bench/RESULTS.md, `make bench-smoke` only looks
whether each of them still runs.

`python -m bench.everything [--smoke] [--only fanout,post] [--rounds N] [--out FILE]`
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench import goals, wsload
from bench.machine import described, load
from bench.registry import BENCHES, Bench

RESULTS = Path(__file__).parent / "RESULTS.md"
PATIENCE_SECONDS = {True: 300, False: 7200}  # what does not end has broken
AT_ONCE = 3  # of those that only have to run: they wait for servers most of the time
HEAD = """# Results

Written by `make bench` ({when} UTC); [README.md](README.md) says what is measured, and how to read it.

{machine}

## Goals
"""


@dataclass(frozen=True, slots=True)
class Ran:
    bench: Bench
    told: str
    problem: str
    seconds: float
    load: str


def main() -> None:
    options = parsed()
    wanted = [bench for bench in BENCHES if not options.only or bench.name in options.only.split(",")]
    wsload.build()
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as directory:
        noted = Path(directory) / "goals.jsonl"
        os.environ[goals.FILE] = str(noted)
        begun = time.gmtime()
        with ThreadPoolExecutor(AT_ONCE if options.smoke else 1) as threads:
            results = list(threads.map(lambda bench: run(bench, options), wanted))
        text = "\n".join(written(results, HEAD.format(when=time.strftime("%F %R", begun), machine=described()), noted))
    if options.smoke:
        print(text)
    else:
        options.out.write_text(text)
    if broken := [ran.bench.name for ran in results if ran.problem]:
        raise SystemExit(f"bench: broken: {', '.join(broken)}")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="tiny sizes, several at once; the figures mean nothing")
    parser.add_argument("--only", default="", help=f"some of: {', '.join(bench.name for bench in BENCHES)}")
    parser.add_argument("--rounds", type=int, default=3, help="of those that are measured in turn with their peers")
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


def run(bench: Bench, options: argparse.Namespace) -> Ran:
    """What it says of its progress goes on to whoever watches; what it found is kept."""
    is_smoke = options.smoke
    size = bench.smoke if is_smoke else ("--rounds", str(options.rounds)) if bench.has_rounds else ()
    words = [sys.executable, *bench.command, *size]
    before, begun = load(), time.monotonic()
    try:
        done = subprocess.run(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if is_smoke else None,
            text=True,
            timeout=PATIENCE_SECONDS[is_smoke],
            check=False,
        )
        problem = f"exit {done.returncode}\n{(done.stderr or '')[-3000:]}" if done.returncode else ""
        told = done.stdout
    except subprocess.TimeoutExpired:
        told, problem = "", "it did not end"
    seconds = time.monotonic() - begun
    print(
        f"bench: {bench.name}: {seconds:.0f} s{', BROKEN: ' + problem if problem else ''}", file=sys.stderr, flush=True
    )
    return Ran(bench, told, problem, seconds, f"{before} → {load()}")


def written(results: list[Ran], head: str, noted: Path) -> Iterator[str]:
    yield head
    yield goals.table(noted)
    for ran in results:
        yield f"\n## {ran.bench.title}\n"
        yield f"`python {' '.join(ran.bench.command)}`, {ran.seconds:.0f} s, load average {ran.load}.\n"
        yield f"**It broke off**: {ran.problem.splitlines()[0]}" if ran.problem else laid_out(ran.told)


def laid_out(told: str) -> str:
    """Lines that are no table are kept as they stand."""
    lines = told.strip().splitlines()
    is_table = any(line.startswith("|") for line in lines)
    return "\n".join(lines) if is_table else "\n".join(["```text", *lines, "```"])


if __name__ == "__main__":
    main()
