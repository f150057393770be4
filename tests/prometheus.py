"""Reading Prometheus' text format, strictly."""

from __future__ import annotations

import re

SAMPLE = re.compile(r'([a-z_][a-z0-9_]*)(?:\{([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"\})? (-?[0-9.e+-]+)')
COMMENT = re.compile(r"# (HELP|TYPE) ([a-z_][a-z0-9_]*) (.+)")
KINDS = {"counter": {""}, "gauge": {""}, "histogram": {"_bucket", "_sum", "_count"}}


class Scraped(dict[str, float]):
    """``scraped["chat_posts_total"]``, ``scraped["chat_sockets websocket"]``; ``names`` are those of the families."""

    names: set[str]


def read(text: str) -> Scraped:
    assert text.endswith("\n")
    found = Scraped()
    kinds: dict[str, str] = {}
    announced = ""
    for line in text.splitlines():
        if comment := COMMENT.fullmatch(line):
            announced = _announced(comment, announced, kinds)
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample, line
        name, _, label, value = sample.groups()
        assert name.startswith(announced), line
        assert name[len(announced) :] in KINDS[kinds[announced]], line
        key = f"{name} {label}" if label else name
        assert key not in found, line
        found[key] = float(value)
    found.names = set(kinds)
    return found


def _announced(comment: re.Match[str], before: str, kinds: dict[str, str]) -> str:
    what, name, said = comment.groups()
    if what == "TYPE":
        assert name == before, f"the help of {name} does not stand before its type"
        kinds[name] = said
        assert (said == "counter") == name.endswith("_total"), name
    else:
        assert name not in kinds, f"{name} comes twice"
    return name
