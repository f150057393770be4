"""Prometheus' text format, version 0.0.4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]
Sample = tuple[str, Labels, float]  # what is appended to the family's name, the labels, the value


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one name. ``kind``: counter, gauge or histogram."""

    name: str
    kind: str
    help: str
    samples: tuple[Sample, ...]


def gauge(name: str, text: str, value: float) -> Family:
    return Family(name, "gauge", text, (("", (), value),))


def gauges(name: str, text: str, label: str, values: Mapping[str, float]) -> Family:
    """One for each value of a label."""
    return Family(name, "gauge", text, tuple(("", ((label, key),), value) for key, value in values.items()))


def exposition(families: Iterable[Family]) -> str:
    return "".join(f"{line}\n" for family in families for line in _lines(family))


def _lines(family: Family) -> Iterable[str]:
    yield f"# HELP {family.name} {_escaped(family.help)}"
    yield f"# TYPE {family.name} {family.kind}"
    for suffix, labels, value in family.samples:
        yield f"{family.name}{suffix}{_braces(labels)} {_number(value)}"


def _braces(labels: Labels) -> str:
    written = ",".join(f'{name}="{_quoted(value)}"' for name, value in labels)
    return f"{{{written}}}" if written else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
