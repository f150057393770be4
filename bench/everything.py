"""All measurements beside their goals, in one run: `make bench` writes bench/RESULTS.md, `make bench-smoke` only looks
whether each of them still runs.

`python -m bench.everything [--smoke] [--only fanout,post] [--rounds N] [--out FILE]`: with `--only` the others stay in
the file as they were measured last.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import goals, wsload
from bench.command import say
from bench.machine import described, load, memory_walked
from bench.ran import Ran, everything_kept, lines_of
from bench.registry import BENCHES, Bench

RESULTS = Path(__file__).parent / "RESULTS.md"
PATIENCE_SECONDS = {True: 900, False: 7200}  # what does not end has broken
AT_ONCE = 4  # of those that only have to run: they wait for servers most of the time
HEAD = """# Results

Written by `make bench`; [README.md](README.md) says what is measured, and how to read it. Each part says when it was
measured (UTC), beside how much other work, and how far away memory was: both move every figure.

{machine}

## Goals
"""


def main() -> None:
    options = parsed()
    wanted = [bench for bench in BENCHES if not options.only or bench.name in options.only.split(",")]
    wsload.build()
    results = all_at_once(wanted, options) if options.smoke else each_by_itself(wanted, options)
    if broken := [ran.name for ran in results if ran.problem]:
        raise SystemExit(f"bench: broken: {', '.join(broken)}")


def all_at_once(wanted: Sequence[Bench], options: argparse.Namespace) -> list[Ran]:
    """They only have to run."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        results = list(threads.map(lambda bench: run(bench, options), wanted))
    print(page(list(zip(wanted, results, strict=True))))
    return results


def each_by_itself(wanted: Sequence[Bench], options: argparse.Namespace) -> list[Ran]:
    """Whoever ends this early need not measure again what was measured: the rest is asked for by ``--only``."""
    results = []
    for bench in wanted:
        results.append(run(bench, options))
        results[-1].keep()
    options.out.write_text(page(list(everything_kept())))
    return results


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="tiny sizes, several at once; the figures mean nothing")
    parser.add_argument("--only", default="", help=f"some of: {', '.join(bench.name for bench in BENCHES)}")
    parser.add_argument("--rounds", type=int, default=3, help="of those that are measured in turn with their peers")
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


def run(bench: Bench, options: argparse.Namespace) -> Ran:
    """What it says of its progress goes on to whoever watches; what it found is kept."""
    size = bench.smoke if options.smoke else ("--rounds", str(options.rounds)) if bench.has_rounds else ()
    memory = memory_walked()
    when, before, begun = time.strftime("%F %R", time.gmtime()), load(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as directory:
        notes = Path(directory) / "goals.jsonl"
        told, problem = told_by([sys.executable, *bench.command, *size], notes, is_smoke=options.smoke)
        noted = lines_of(notes)
    seconds = round(time.monotonic() - begun, 1)
    say(f"{bench.name}: {seconds:.0f} s{', BROKEN: ' + problem if problem else ''}")
    beside = f"{before} → {load()}, memory {memory}"
    return Ran(bench.name, when, told, problem, seconds, beside, noted)


def told_by(words: Sequence[str], notes: Path, *, is_smoke: bool) -> tuple[str, str]:
    """What it printed, and what went wrong."""
    try:
        done = subprocess.run(
            words,
            env={**os.environ, goals.FILE: str(notes)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if is_smoke else None,
            text=True,
            timeout=PATIENCE_SECONDS[is_smoke],
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "", "it did not end"
    return done.stdout, f"exit {done.returncode}\n{(done.stderr or '')[-3000:]}" if done.returncode else ""


def page(results: Sequence[tuple[Bench, Ran]]) -> str:
    noted = [reached for _, ran in results for reached in ran.noted]
    parts = [HEAD.format(machine=described()), goals.table(noted), *parts_of(results)]
    return "\n".join(parts) + "\n"


def parts_of(results: Iterable[tuple[Bench, Ran]]) -> Iterator[str]:
    for bench, ran in results:
        yield f"\n## {bench.title}\n"
        yield f"`python {' '.join(bench.command)}`, {ran.when}, {ran.seconds:.0f} s, load average {ran.load}.\n"
        yield f"**It broke off**: {ran.problem.splitlines()[0]}" if ran.problem else laid_out(ran.told)


def laid_out(told: str) -> str:
    """What holds no table is kept as it stands."""
    lines = told.strip("\n").splitlines()
    is_table = any(line.startswith("|") for line in lines)
    return "\n".join(lines) if is_table else "\n".join(["```text", *lines, "```"])


if __name__ == "__main__":
    main()
