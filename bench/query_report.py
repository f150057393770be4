"""Queries and plans as a page to read: what matters of each, and nothing of what all have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tests.queries.plans import GROWING

Found = dict[str, Any]
READING = (
    "the page of a room",
    "the page around a message",
    "history before a message",
    "history after a message",
    "polling: changed since",
    "`sync` since",
    "a connect",
    "a post",
    "the form to edit a message",
    "two searches",
)
SCANNED = re.compile(r"(\w[\w ]*Scan(?: Backward)?)(?: using (\w+))? on (\w+)(?: (\w+))?$")
HEAD = """# What is asked of the database

Written by `python -m bench.queries`: each path of `tests/queries/paths.py`, done in a room of 100 messages and in one \
of {rows:,} (`manage.py fillroom`), side by side in one database; its statements, and how {databases} find their rows \
in the long one. `tests/queries/` holds the same in a room of 20,000 for every change: no statement reads all of a \
table that grows, or all of a room, or sorts what it found there; and a long room takes as many statements as a short \
one.

Only statements that touch {tables} are shown: the other tables are as long as the site has people and rooms. \
Columns are left out, and rows that are joined by their primary key are only counted. A message is shown with what a \
dozen tables say of it, which are joined as they are written, from the message on (`join_collapse_limit=1` on \
PostgreSQL: planning takes 1.4 ms instead of 6 to 22).

## What a path takes

Processor time in µs, the database's included: the median of 25, both rooms in turn.

{table}

A reply asks as often as there is something to read, up to its model's window; a `sync` from the beginning stops at \
500 changes, and asks for no more than their numbers.
"""


def table(found: Sequence[Found]) -> str:
    head = ["path", "statements"]
    for site in found:
        head += [f"{site['version']}, 100", f"{site['rows']:,}", "×"]
    rows = [head, ["---"] * 2 + ["--:"] * (len(head) - 2)]
    for name, path in found[0]["paths"].items():
        cells = [name, counted(path)]
        for site in found:
            cells += figures(site["paths"][name]["us"])
        rows.append(cells)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def counted(path: Found) -> str:
    few, many = path["count_few"], path["count"]
    return str(many) if few == many else f"{many} ({few} in the short room)"


def figures(taken: dict[str, float] | None) -> list[str]:
    if taken is None:
        return ["", "", ""]
    return [f"{taken['few']:,.0f}", f"{taken['many']:,.0f}", f"{taken['many'] / taken['few']:.2f}"]


def page(found: Sequence[Found]) -> str:
    tables = ", ".join(f"`{name}`" for name in sorted(GROWING))
    databases = " and ".join(site["version"] for site in found)
    head = HEAD.format(rows=found[0]["rows"], databases=databases, tables=tables, table=table(found))
    return "\n".join([head, *sections(found)])


def sections(found: Sequence[Found]) -> Iterator[str]:
    told: dict[str, str] = {}
    for name in found[0]["paths"]:
        shown = list(_statements(name, found, told))
        yield f"## {name[0].upper()}{name[1:]}\n"
        yield "\n".join(shown) if shown else "Nothing that is not shown above.\n"


def _statements(name: str, found: Sequence[Found], told: dict[str, str]) -> Iterator[str]:
    """Each statement once, under the first path that sends it."""
    sites = [site["paths"][name]["queries"] for site in found]
    for queries in zip(*sites, strict=False):
        words = shortened(queries[0]["sql"])
        if words in told or not any(table in queries[0]["sql"] for table in GROWING):
            continue
        told[words] = name
        if words.startswith("INSERT"):
            continue
        plans = [line for query in queries for line in gist(query["plan"])]
        yield f"```sql\n{words}\n```\n"
        yield "\n".join(f"- {line}" for line in plans) + "\n"


def shortened(sql: str) -> str:
    """Without columns, and with the names of joined tables only."""
    start = sql.index(" FROM ") if sql.startswith("SELECT") else 0
    outside = "".join(_outside(sql))
    if sql.startswith("SELECT"):
        start = outside.index(" FROM ")
        sql = f"SELECT …{sql[start:]}"
    joined = re.findall(r"(?:INNER|LEFT OUTER) JOIN (\w+)", sql)
    sql = re.sub(r" (?:INNER|LEFT OUTER) JOIN \w+(?: T\d+)? ON \([^()]*\)", "", sql)
    if len(joined) > 3:
        sql = re.sub(r"(FROM \w+)", rf"\1 /* and {len(joined)} joined */", sql, count=1)
    elif joined:
        sql = re.sub(r"(FROM \w+)", rf"\1 JOIN {', '.join(joined)}", sql, count=1)
    return re.sub(r"SET .* WHERE", "SET … WHERE", re.sub(r"\s+", " ", sql)).replace("%s", "?")


def _outside(sql: str) -> Iterator[str]:
    depth = 0
    for character in sql:
        depth += (character == "(") - (character == ")")
        yield character if depth == 0 else " "


def gist(plan: Sequence[str]) -> list[str]:
    return (
        _gist_of_sqlite(plan) if not any("->" in line or " on " in line for line in plan) else _gist_of_postgres(plan)
    )


def _gist_of_sqlite(plan: Sequence[str]) -> list[str]:
    kept = [line.strip() for line in plan if not re.search(r"INTEGER PRIMARY KEY|SUBQUERY|LEFT-JOIN|GROUP BY", line)]
    by_key = sum("PRIMARY KEY" in line or "LEFT-JOIN" in line for line in plan)
    return ["SQLite: " + "; ".join([*(f"`{line}`" for line in kept), *_by_key(by_key)])]


def _gist_of_postgres(plan: Sequence[str]) -> list[str]:
    kept, by_key = [], 0
    for line, following in zip(plan, [*plan[1:], ""], strict=True):
        found = SCANNED.search(line.strip())
        if found is None:
            kept += ["`Sort`"] if re.match(r"(\s*-> +)?Sort$", line) and not kept else []
        elif (found[2] or "").endswith("_pkey") or found[3] not in GROWING:
            by_key += 1
        else:
            condition = re.search(r"(?:Index|Recheck) Cond: (.*)", without_values(following))
            kept.append(f"`{found[1]} using {found[2]}{' ' + condition[1] if condition else ''}`")
    return ["PostgreSQL: " + "; ".join([*kept, *_by_key(by_key)])]


def without_values(line: str) -> str:
    return re.sub(r"'[^']*'|(?<=[ (])\d+\b", "?", line)


def _by_key(count: int) -> list[str]:
    return [f"{count} by primary key, or of short tables"] if count else []
