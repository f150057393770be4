from __future__ import annotations

import psycopg
import redis


def test_redis_answers_and_is_empty(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_redis_is_empty_again_for_the_next_test(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


def test_a_redis_of_ones_own_keeps_its_address_over_a_restart(redis_server):
    redis_server.stop()
    redis_server.start()

    with redis.Redis.from_url(redis_server.url) as client:
        assert client.ping() is True


def test_each_postgresql_database_is_another_one(postgres_url):
    first, second = postgres_url(), postgres_url()

    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE only_here ()")
    with psycopg.connect(second) as connection:
        found = connection.execute("SELECT to_regclass('only_here')").fetchone()

    assert found == (None,)


def test_chromium_can_be_executed(chromium):
    assert chromium.executable
