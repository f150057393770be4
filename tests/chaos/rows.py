"""A site's rows, read beside it, whatever its database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import psycopg

from tests.site import Site


def rows(site: Site, query: str) -> list[tuple[Any, ...]]:
    """Without parameters: both databases understand the same text."""
    if url := site.environment.get("DATABASE_URL"):
        with psycopg.connect(url) as connection:
            return connection.execute(query).fetchall()
    with closing(sqlite3.connect(site.directory / "db.sqlite3", timeout=30)) as connection:
        return connection.execute(query).fetchall()
