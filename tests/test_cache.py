from __future__ import annotations

import pytest
import redis

from chatsite import backends, cache
from chatsite.cache import PatientRedisCache


@pytest.fixture
def patient(redis_server):
    yield cache_of(redis_server)
    cache.forget_servers()


def cache_of(redis_server):
    options = backends.redis_cache(redis_server.url)
    return PatientRedisCache(redis_server.url, {"OPTIONS": options["OPTIONS"], "KEY_PREFIX": "chat"})


def test_many_tasks_share_the_connections_of_their_process(patient, redis_server):
    patient.set("a", 1)
    with redis.Redis.from_url(redis_server.url) as beside:
        before = len(beside.client_list())

        others = [cache_of(redis_server) for _ in range(20)]

        assert [other.get("a") for other in others] == [1] * 20
        assert len(beside.client_list()) == before


def test_one_of_them_finds_out_for_all_that_redis_is_silent(patient, redis_server):
    redis_server.stop()
    patient.get("a")
    redis_server.start()

    assert cache_of(redis_server).add("b", 1) is True
    assert cache_of(redis_server).get("b") is None  # not asked yet


def test_it_keeps_what_it_is_given(patient):
    patient.set_many({"a": 1, "b": [2]})

    assert patient.get_many(["a", "b", "c"]) == {"a": 1, "b": [2]}
    assert patient.add("a", 5) is False
    assert patient.touch("a", 60) is True
    assert patient.has_key("a") is True
    assert patient.incr("a") == 2
    assert patient.delete("a") is True
    assert patient.get("a", "gone") == "gone"


def test_without_redis_it_is_empty_and_nothing_fails(patient, redis_server):
    patient.set("a", 1)
    redis_server.stop()

    patient.set("b", 2)
    patient.set_many({"c": 3})
    patient.delete_many(["c"])

    assert patient.get("a", "default") == "default"
    assert patient.get_many(["a"]) == {}
    assert patient.add("a", 1) is True
    assert patient.has_key("a") is False
    assert patient.touch("a") is False
    assert patient.delete("a") is False
    assert patient.incr("a") == 1


def test_without_redis_what_was_guessed_is_counted_in_the_process(patient, redis_server):
    redis_server.stop()
    used, lock = "allauth.mfa.totp.used?user=1&code=123456", "allauth:rl:account:login:lock"

    assert [patient.add(used, "y"), cache_of(redis_server).add(used, "y")] == [True, False]
    patient.set("allauth:rl:account:login_failed", [2.0, 1.0], 60)
    assert cache_of(redis_server).get("allauth:rl:account:login_failed", []) == [2.0, 1.0]
    assert [patient.add(lock, True), patient.delete(lock), patient.add(lock, True)] == [True, True, True]


def test_a_redis_that_is_full_is_an_empty_cache_and_nothing_fails(patient, redis_server, monkeypatch, caplog):
    monkeypatch.setattr(cache, "PAUSE_SECONDS", 0.0)  # each is asked for real
    patient.set("d", 0)
    with redis.Redis.from_url(redis_server.url) as beside:
        before = beside.config_get("maxmemory")["maxmemory"]
        beside.config_set("maxmemory", 1)
        try:
            patient.set("a", 1)
            patient.set_many({"b": "quittenmarmelade"})

            assert "OutOfMemoryError" in caplog.text
            assert "quittenmarmelade" not in caplog.text
            assert patient.add("c", 3) is True
            assert patient.incr("d", 5) == 5
            assert patient.get("a", "default") == "default"
        finally:
            beside.config_set("maxmemory", before)

    patient.set("a", 1)
    assert patient.get("a") == 1


def test_it_works_again_once_redis_is_back(patient, redis_server, monkeypatch):
    monkeypatch.setattr(cache, "PAUSE_SECONDS", 0.0)
    patient.set("a", 1)
    redis_server.stop()
    assert patient.get("a") is None

    redis_server.start()
    patient.set("a", 2)

    assert patient.get("a") == 2


def test_a_restart_that_nobody_waited_for_goes_unnoticed(patient, redis_server):
    patient.set("a", 1)

    redis_server.stop()
    redis_server.start()
    patient.set("a", 2)

    assert patient.get("a") == 2


def test_after_a_failure_redis_is_left_alone_for_a_moment(patient, redis_server):
    redis_server.stop()
    patient.get("a")
    redis_server.start()

    patient.set("a", 1)

    assert patient.get("a") is None
