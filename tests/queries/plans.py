"""What a database says it will do for a query, and what in it would grow with the site."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

GROWING = frozenset(
    {
        "chat_message",
        "chat_mention",
        "chat_reply",
        "chat_attempt",
        "chat_attachment",
        "chat_usagerecord",
        "django_session",
    }
)
FEW_OF_EACH = frozenset({"chat_attachment"})  # those of a page are sorted by message
LONG = 1000  # rows
SHORT_INDEXES = ("reply_open", "usage_reserved")  # partial: of what is going on
FIRST_WORDS = ("SELECT", "UPDATE", "DELETE", "INSERT")


@dataclass(frozen=True, slots=True)
class Query:
    sql: str
    params: Any

    @property
    def shape(self) -> str:
        """Without its lists of columns, and with lists of numbers of one length: what two of a kind share."""
        sql = re.sub(r'(SELECT (?:DISTINCT )?)(?:"\w+"\."\w+"(?: AS "\w+")?, )+', r"\1…, ", self.sql)
        sql = re.sub(r'(?:, "\w+"\."\w+"){4,}', ", …", sql)
        sql = re.sub(r"\((?:%s, )+%s\)", "(…)", sql)
        return sql.replace('"', "")

    @property
    def table(self) -> str:
        """The first one it reads or writes, outside of all brackets."""
        outside, depth = [], 0
        for character in self.sql:
            depth += (character == "(") - (character == ")")
            outside.append(character if depth == 0 else " ")
        found = re.search(r'(?:FROM|UPDATE|INTO) "(\w+)"', "".join(outside))
        return found[1] if found else ""

    @property
    def has_limit(self) -> bool:
        return bool(re.search(r"LIMIT \d+( OFFSET \d+)?$", self.sql))

    def small_tables_called(self, name: str) -> set[str]:
        called = set(re.findall(rf'"(\w+)" {name}\b', self.sql)) or {name}
        return called - long_tables()

    @property
    def is_planned(self) -> bool:
        return self.sql.startswith(FIRST_WORDS)


@contextmanager
def watched() -> Iterator[list[Query]]:
    """Every statement that is sent within."""
    seen: list[Query] = []

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(Query(sql, params[0] if many else params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield seen


def plan_of(query: Query) -> list[str]:
    """Line by line, as the database indents it."""
    words = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN (COSTS OFF)"
    with connection.cursor() as cursor:
        cursor.execute(f"{words} {query.sql}", query.params)
        rows = cursor.fetchall()
    return _tree(rows) if connection.vendor == "sqlite" else [row[0] for row in rows]


def _tree(rows: list[Any]) -> list[str]:
    depths = {0: -1}
    lines = []
    for node, parent, _, words in rows:
        depths[node] = depths[parent] + 1
        lines.append("  " * depths[node] + words)
    return lines


def long_tables() -> frozenset[str]:
    """Those that grow, and have grown: what is still short PostgreSQL reads as it is, and rightly."""
    if connection.vendor == "sqlite":
        return GROWING
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s", [LONG])
        return GROWING & {name for (name,) in cursor.fetchall()}


def faults_of(query: Query, plan: list[str]) -> list[str]:
    """Lines that read the whole of a table that grows, or of a room, or sort what a range of one gave."""
    is_range = query.table in GROWING - FEW_OF_EACH and not any(_is_short(query.table, line) for line in plan)
    return [
        *_scans(query, plan),
        *(line for line in plan if _reads_a_room(line, query)),
        *(line for line in plan if is_range and _sorts(line)),
    ]


def _scans(query: Query, plan: list[str]) -> list[str]:
    """An index is as long as its table, unless it holds only what is open. Where subqueries call different tables by
    one name, as many scans of it are allowed as there are small tables among them."""
    scans: dict[str, list[str]] = {}
    for line in plan:
        found = re.match(r"\s*SCAN (\w+)", line) or re.search(r"Seq Scan on (?:\w+ )*(\w+)$", line)
        if found and not any(name in line for name in SHORT_INDEXES):
            scans.setdefault(found[1], []).append(line)
    return [line for name, lines in scans.items() for line in lines[len(query.small_tables_called(name)) :]]


def _reads_a_room(line: str, query: Query) -> bool:
    """By the room's number alone, all of its messages; unless it stops after a page of them."""
    is_whole = re.search(r"INDEX (chat_)?message_\w+ \(room_id=\?\)", line) or re.search(
        r"Index Cond: \(room_id = \d+\)$", line
    )
    return bool(is_whole) and not (query.table == "chat_message" and query.has_limit)


def _is_short(table: str, line: str) -> bool:
    """One row, or only what is open."""
    by_key = f"SEARCH {table} USING INTEGER PRIMARY KEY (rowid=?)", f"{table}_pkey on {table}", *SHORT_INDEXES
    return any(words in line for words in by_key)


def _sorts(line: str) -> bool:
    return line == "USE TEMP B-TREE FOR ORDER BY" or bool(re.match(r"\s*(-> +)?(Incremental )?Sort\b(?! Key)", line))
