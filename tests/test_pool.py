"""The connections to PostgreSQL, and a database that is away for a while."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import environ
import pytest
from django.db import DEFAULT_DB_ALIAS
from django.db.utils import ConnectionHandler

from chatsite.backends import database
from chatsite.postgresql import POOL
from tests.servers.postgres import Postgres
from tests.servers.programs import ROOT

AWAY = 7.8  # just after the fourth try of a pool that waits twice as long after each: its fifth comes at 15
BACK_SECONDS = 5  # it asks each second


@pytest.mark.django_db  # not of its own one: it may ask a database at all
def test_who_waits_for_a_database_is_served_as_soon_as_it_is_back(postgres_server: Postgres):
    address = environ.Env.db_url_config(postgres_server.new_database())
    connections = ConnectionHandler({DEFAULT_DB_ALIAS: database(address, beside=ROOT)})

    def ask() -> float:
        try:
            connections[DEFAULT_DB_ALIAS].cursor().execute("SELECT 1")
        finally:
            connections[DEFAULT_DB_ALIAS].close()
        return time.monotonic()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(ask).result()
        postgres_server.stop()
        asked = threads.submit(ask)
        time.sleep(AWAY)
        postgres_server.start()
        is_back = time.monotonic()

        assert asked.result(POOL["timeout"]) - is_back < BACK_SECONDS

    pools: Any = connections[DEFAULT_DB_ALIAS]
    pools.close_pool()
