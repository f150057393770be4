"""Work goes to the thread that rested last, and all of it is done once."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import Future, wait

import pytest

from chatsite.lastidle import LastIdleExecutor, LastIdleFirst
from tests.servers.programs import ROOT


def all_at_once(pool: LastIdleExecutor, count: int) -> None:
    """So many threads have started, and rest."""
    meeting = threading.Barrier(count)
    wait([pool.submit(meeting.wait) for _ in range(count)])
    until_rest(pool, count)


def until_rest(pool: LastIdleExecutor, count: int) -> None:
    deadline = time.monotonic() + 20
    while len(pool._work_queue._idle) < count:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_one_after_the_other_is_done_by_the_same_thread() -> None:
    with LastIdleExecutor(8) as pool:
        all_at_once(pool, 8)
        threads = []
        for _ in range(20):
            threads.append(pool.submit(threading.get_ident).result())
            until_rest(pool, 8)

    assert len(set(threads)) == 1


def test_as_many_as_are_needed_work_at_once() -> None:
    with LastIdleExecutor(8) as pool:
        all_at_once(pool, 8)
        all_at_once(pool, 8)


def test_everything_is_done_once_whoever_asks() -> None:
    done: list[int] = []
    with LastIdleExecutor(5) as pool:

        def ask(first: int) -> list[Future[None]]:
            return [pool.submit(done.append, number) for number in range(first, first + 1000)]

        askers = [threading.Thread(target=ask, args=(1000 * number,)) for number in range(4)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()

    assert Counter(done) == Counter(range(4000))


def test_what_waits_is_taken_in_its_order() -> None:
    line = LastIdleFirst()
    for number in range(3):
        line.put(number)

    assert [line.get(), line.get_nowait(), line.get()] == [0, 1, 2]
    with pytest.raises(queue.Empty):
        line.get_nowait()


def test_a_pool_that_ends_lets_all_its_threads_go() -> None:
    before = threading.active_count()
    pool = LastIdleExecutor(6)
    all_at_once(pool, 6)

    pool.shutdown()

    assert threading.active_count() == before


def test_nobody_is_waited_for_at_the_end_of_the_program() -> None:
    program = (
        "import threading; from chatsite.lastidle import LastIdleExecutor; pool = LastIdleExecutor(4); "
        "meeting = threading.Barrier(4); [one.result() for one in [pool.submit(meeting.wait) for _ in range(4)]]"
    )

    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=20, check=False).returncode == 0
