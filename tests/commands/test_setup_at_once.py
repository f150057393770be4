"""Each container of a site may begin with `manage.py setup`, all of them in the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.site import Site


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_several_make_one_new_site_and_each_finds_it_ready(
    database: str, site_factory: Callable[..., Site], request: pytest.FixtureRequest
):
    is_postgres = database == "postgresql"
    site = site_factory(**({"DATABASE_URL": request.getfixturevalue("postgres_url")()} if is_postgres else {}))

    with ThreadPoolExecutor(3) as containers:
        said = list(containers.map(lambda _: site.manage("setup"), range(3)))

    assert [text.count("Ready. Open") for text in said] == [1, 1, 1]
    assert "".join(said).count("New assistant: demo") == 1
    assert "WRONG" not in site.manage("doctor", "database", "migrations", "assistants")
