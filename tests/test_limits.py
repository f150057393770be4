"""How much one person may write, and one address may ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from chat import limits
from chat.exceptions import RateLimited
from chat.models import User
from tests.servers.redis import Redis

ANA, BEN = User(pk=1), User(pk=2)


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    limits.forget()
    yield
    limits.forget()


def refused(times: int, spend: Callable[[], None]) -> list[type[RateLimited]]:
    refusals = []
    for _ in range(times):
        try:
            spend()
        except RateLimited as error:
            refusals.append(type(error))
    return refusals


def test_a_person_may_write_a_hundred_times_in_ten_seconds():
    assert refused(101, lambda: limits.spend_write(ANA)) == [RateLimited]


def test_what_one_person_writes_holds_up_nobody_else():
    refused(101, lambda: limits.spend_write(ANA))

    assert refused(1, lambda: limits.spend_write(BEN)) == []


def test_what_is_counted_here_begins_anew_after_ten_seconds(monkeypatch: pytest.MonkeyPatch):
    limits.SYNCS.forget()

    assert refused(101, lambda: limits.SYNCS.spend(ANA)) == [RateLimited]
    assert refused(1, lambda: limits.SYNCS.spend(BEN)) == []
    later = time.monotonic() + 10
    monkeypatch.setattr("chat.limits.time.monotonic", lambda: later)
    assert refused(100, lambda: limits.SYNCS.spend(ANA)) == []


def test_so_many_are_under_way_at_once_and_what_has_ended_counts_no_more():
    pair = limits.AtOnce(2, retry_after=7)

    with pair.one_of(ANA), pair.one_of(ANA), pair.one_of(BEN):
        with pytest.raises(RateLimited) as refusal, pair.one_of(ANA):
            pass
        assert refusal.value.retry_after == 7
    with pair.one_of(ANA), pair.one_of(ANA):
        pass
    assert not pair._running


def test_three_times_the_limit_is_flooding():
    assert refused(301, lambda: limits.spend_write(ANA))[-1] is limits.Flooding


@pytest.mark.parametrize(
    ("times", "spend", "seconds"),
    [
        (100, lambda: limits.spend_write(ANA), 10),
        (300, lambda: limits.spend_write(ANA), 10),
        (300, lambda: limits.spend_anonymous_request("192.0.2.1"), 60),
    ],
)
def test_a_refusal_says_how_long_to_wait(times: int, spend: Callable[[], None], seconds: int):
    refused(times, spend)

    with pytest.raises(RateLimited) as refusal:
        spend()

    assert seconds / 2 <= refusal.value.retry_after <= seconds


def test_an_address_may_ask_three_hundred_times_a_minute():
    assert refused(301, lambda: limits.spend_anonymous_request("192.0.2.1")) == [RateLimited]


def test_all_the_addresses_of_one_ipv6_network_count_as_one():
    numbers = iter(range(301))

    assert refused(301, lambda: limits.spend_anonymous_request(f"2001:db8::{next(numbers):x}")) == [RateLimited]
    assert refused(1, lambda: limits.spend_anonymous_request("2001:db8:0:1::1")) == []


def test_addresses_of_ipv4_count_each_for_itself_where_a_server_of_both_writes_them_as_ipv6():
    refused(300, lambda: limits.spend_anonymous_request("::ffff:192.0.2.1"))

    assert refused(1, lambda: limits.spend_anonymous_request("::ffff:192.0.2.2")) == []
    assert refused(1, lambda: limits.spend_anonymous_request("192.0.2.1")) == [RateLimited]


def test_the_limits_can_be_lifted(settings: Settings):
    settings.RATE_LIMITS = False

    assert refused(400, lambda: limits.spend_write(ANA)) == []
    assert refused(400, lambda: limits.spend_anonymous_request("192.0.2.1")) == []


def test_processes_count_together(settings: Settings, redis_url: str):
    settings.LIMITS_STORAGE = {"storage_string": redis_url}
    refused(100, lambda: limits.spend_write(ANA))
    limits.forget()  # as another process

    assert refused(1, lambda: limits.spend_write(ANA)) == [RateLimited]


def test_a_process_counts_for_itself_while_redis_is_away(
    settings: Settings, redis_server: Redis, caplog: pytest.LogCaptureFixture
):
    settings.LIMITS_STORAGE = {"storage_string": redis_server.url, "socket_timeout": 1, "socket_connect_timeout": 1}
    limits.spend_write(ANA)
    redis_server.stop()

    assert refused(101, lambda: limits.spend_write(ANA)) == [RateLimited]
    assert caplog.text.count("limits_not_shared") == 1  # it is not asked each time: that may take a second


def test_processes_count_together_again_once_redis_is_back(
    settings: Settings, redis_server: Redis, monkeypatch: pytest.MonkeyPatch
):
    settings.LIMITS_STORAGE = {"storage_string": redis_server.url, "socket_timeout": 1, "socket_connect_timeout": 1}
    monkeypatch.setattr(limits, "AWAY_SECONDS", 0.1)
    redis_server.stop()
    limits.spend_write(ANA)
    redis_server.start()
    time.sleep(0.1)

    refused(100, lambda: limits.spend_write(ANA))
    limits.forget()  # as another process

    assert refused(1, lambda: limits.spend_write(ANA)) == [RateLimited]
