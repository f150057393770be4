"""Counters that cost an addition.

Without a lock: between reading and writing the sum CPython switches to no other thread (it does so at calls and jumps
only), so a ``Counter``, plain or labelled, counts right from any thread. ``Histogram`` belongs to the loop.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from chat.metrics.exposition import Sample


class Counter:
    __slots__ = ("value",)
    kind = "counter"

    def __init__(self) -> None:
        self.value: float = 0

    def add(self, amount: float = 1) -> None:
        self.value += amount

    def samples(self) -> tuple[Sample, ...]:
        return (("", (), self.value),)


class LabelledCounter:
    """One sum for each value of a label; all are there from the beginning, so that a first one is a rise."""

    __slots__ = ("_label", "_values")
    kind = "counter"

    def __init__(self, label: str, known: Iterable[str]) -> None:
        self._label = label
        self._values: dict[str, float] = dict.fromkeys(known, 0)

    def add(self, value: str, amount: float = 1) -> None:
        self._values[value] += amount

    def samples(self) -> tuple[Sample, ...]:
        return tuple(("", ((self._label, value),), amount) for value, amount in self._values.items())


class Histogram:
    """``bounds`` rise; a value equal to one belongs below it."""

    __slots__ = ("_bounds", "_counts", "_sum")
    kind = "histogram"

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum: float = 0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def samples(self) -> tuple[Sample, ...]:
        upper = (*map(str, self._bounds), "+Inf")
        below = list(accumulate(self._counts))
        buckets = tuple(("_bucket", (("le", bound),), float(count)) for bound, count in zip(upper, below, strict=True))
        return (*buckets, ("_sum", (), self._sum), ("_count", (), float(below[-1])))
