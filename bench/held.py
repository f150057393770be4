"""The addresses of a site whose database threads somebody else holds: behind one more of them a query takes 250 ms.

`DJANGO_SETTINGS_MODULE=bench.held_settings` makes a site one. On PostgreSQL the query sleeps. SQLite has no such
function: there it counts, for as many numbers as take so long, and takes the processor, too.
"""

from __future__ import annotations

import time
from functools import cache

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from chat.database import in_database
from chatsite.urls import urlpatterns as of_the_site

SECONDS = 0.25
COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s) SELECT max(i) FROM n"
SAMPLE = 100_000


async def hold(request: HttpRequest) -> HttpResponse:
    """As consumers do: on a thread of the pool that posts go to."""
    return HttpResponse(f"{await in_database(ask):.3f}")


def ask() -> float:
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_sleep(%s)", [SECONDS])
        else:
            cursor.execute(COUNT, [numbers()])
        cursor.fetchall()
    return time.perf_counter() - begun


@cache
def numbers() -> int:
    """How many are counted in that time, where nobody else uses the processor."""
    with connection.cursor() as cursor:
        begun = time.thread_time()
        cursor.execute(COUNT, [SAMPLE]).fetchall()
    return int(SAMPLE * SECONDS / (time.thread_time() - begun))


urlpatterns = [path("hold", hold), *of_the_site]
