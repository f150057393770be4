"""A model's server read by a bare client: what the product's own figures are measured beside.

`python -m bench.direct URL QUESTIONS AT_ONCE QUESTION`: a process of its own, so that its processor time is its own. It
does what any client must: one httpx stream for each question, each event parsed. Prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

import httpx

from bench.sample_text import STAMP, age_ms, made_at

WARM_UP = 3  # questions, so that a connection is there


@dataclass(slots=True)
class Seen:
    """Milliseconds; of ``paces`` how long an answer took to come, beside how long it took to be made.

    ``answers`` are expected. ``moments`` are seconds by the clock and of the processor: when the last of them had begun
    and when the first was over, if they were ever all at once.
    """

    answers: int = 0
    begun: int = 0
    ended: int = 0
    moments: list[tuple[float, float]] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    paces: list[float] = field(default_factory=list)

    def note_begin(self) -> None:
        self.begun += 1
        if self.begun == self.answers and not self.ended:
            self.moments.append(so_far())

    def note_end(self) -> None:
        self.ended += 1
        if self.ended == 1 and self.moments:
            self.moments.append(so_far())

    @property
    def steady(self) -> tuple[float, float]:
        """Seconds by the clock and of the processor, while all were written."""
        if len(self.moments) < 2:
            return 0.0, 0.0
        (from_clock, from_cpu), (to_clock, to_cpu) = self.moments
        return to_clock - from_clock, to_cpu - from_cpu


def so_far() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


async def ask(client: httpx.AsyncClient, url: str, question: str, seen: Seen) -> None:
    asked = time.perf_counter()
    body = {"model": "fake", "stream": True, "messages": [{"role": "user", "content": question}]}
    first = 0.0
    made: list[int] = []
    async with client.stream("POST", f"{url}/chat/completions", json=body) as response:
        async for line in response.aiter_lines():
            if not line.startswith("data: {"):
                continue
            choices = json.loads(line[6:])["choices"]
            text = choices[0]["delta"].get("content") if choices else ""
            if not text:
                continue
            if not first:
                first = time.perf_counter()
                seen.firsts.append((first - asked) * 1000)
                seen.note_begin()
            if text.startswith(STAMP):
                seen.lags.append(age_ms(text))
                made.append(made_at(text))
    seen.note_end()
    if len(made) > 1:
        seen.paces.append((time.perf_counter() - first) * 1e6 / (made[-1] - made[0]))


async def measure(url: str, questions: int, at_once: int, question: str) -> dict[str, float]:
    turns = asyncio.Semaphore(at_once)
    seen = Seen(answers=questions)

    async def in_turn() -> None:
        async with turns:
            await ask(client, url, question, seen)

    limits = httpx.Limits(max_connections=400, max_keepalive_connections=40)
    async with httpx.AsyncClient(trust_env=False, timeout=120, limits=limits) as client:
        for _ in range(WARM_UP):
            await ask(client, url, "rate=1000 tokens=1", Seen())
        began, used = time.perf_counter(), time.process_time()
        await asyncio.gather(*(in_turn() for _ in range(questions)))
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
    steady_seconds, steady_cpu = seen.steady
    figures = {"seconds": seconds, "cpu_s": cpu, "steady_s": steady_seconds, "steady_cpu_s": steady_cpu}
    figures |= {"tokens": len(seen.lags), "slowest": max(seen.paces, default=0)}
    for name, values in {"first": seen.firsts, "lag": seen.lags}.items():
        figures |= {f"{name}_p50_ms": quantile(values, 0.5), f"{name}_p99_ms": quantile(values, 0.99)}
    return figures


def quantile(values: list[float], part: float) -> float:
    return sorted(values)[int((len(values) - 1) * part)] if values else 0


if __name__ == "__main__":
    url, questions, at_once, question = sys.argv[1:]
    print(json.dumps(asyncio.run(measure(url, int(questions), int(at_once), question))))
