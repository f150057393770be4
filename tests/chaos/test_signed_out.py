"""Who signs out is out, whatever is away in that moment."""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from chatsite.cache import PAUSE_SECONDS
from tests.factories import PASSWORD
from tests.servers.redis import Redis
from tests.site import Site


def test_a_sign_out_counts_though_redis_does_not_answer(tmp_path: Path, redis_server: Redis) -> None:
    site = Site(tmp_path, {"REDIS_URL": redis_server.url}).prepare().start()
    try:
        with httpx.Client(base_url=site.url, trust_env=False, timeout=30) as ana:
            send(ana, "/accounts/signup/", username="ana", password1=PASSWORD, password2=PASSWORD)
            kept = dict(ana.cookies)
            assert ana.get("/rooms/general/").status_code == 200

            with redis_server.silent():
                assert send(ana, "/accounts/logout/").status_code == 302

            time.sleep(2 * PAUSE_SECONDS)  # now it is asked again
            with httpx.Client(base_url=site.url, trust_env=False, cookies=kept) as whoever:
                assert whoever.get("/rooms/general/").status_code == 302
    finally:
        site.stop()


def send(client: httpx.Client, address: str, **fields: str) -> httpx.Response:
    client.get(address)
    return client.post(address, data=fields | {"csrfmiddlewaretoken": client.cookies["csrftoken"]})
